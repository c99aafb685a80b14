package org.berth.builder.dockerfile;

/**
 * An instruction's text, its continued lines joined.
 *
 * @param place where it begins
 * @param keyword upper case
 * @param rest what follows, without spaces around it
 */
record LogicalLine(Place place, String keyword, String rest) {
    String text() {
        return rest.isEmpty() ? keyword : keyword + " " + rest;
    }
}

package org.berth.image.registry;

/** What is to be done in a repository, as tokens name it (distribution's token scope). */
enum Access {
    PULL("pull"),
    PUSH("pull,push"),
    DELETE("pull,delete");

    private final String actions;

    Access(String actions) {
        this.actions = actions;
    }

    /** The scope that a token for it has. */
    String scope(String repository) {
        return "repository:" + repository + ":" + actions;
    }
}

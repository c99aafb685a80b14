package org.berth.compose.text;

/** A text that is not of its form; the message says what was expected. The caller knows the place. */
public final class TextException extends RuntimeException {
    private final String problem;

    public TextException(String problem) {
        super(problem);
        this.problem = problem;
    }

    /** The message. */
    public String problem() {
        return problem;
    }
}

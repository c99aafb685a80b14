package org.berth.server.projects;

import java.util.List;
import org.berth.base.BerthException;

/** An error that is about one service, with the last lines of its log. */
final class ServiceFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient BerthException error;
    private final String service;
    private final transient List<String> log;

    ServiceFailure(BerthException error, String service, List<String> log) {
        super(error.getMessage(), error);
        this.error = error;
        this.service = service;
        this.log = List.copyOf(log);
    }

    BerthException error() {
        return error;
    }

    String service() {
        return service;
    }

    List<String> log() {
        return log;
    }
}

package org.berth.server.projects;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.control.ProjectStatus;
import org.berth.control.ProjectStatus.ServiceStatus;
import org.berth.control.PublishedPort;

/** Where a project's services are reached from this machine. Pure. */
final class Urls {
    private static final String ANY = "0.0.0.0";
    private static final String LOOPBACK = "127.0.0.1";
    private static final int HTTP = 80;

    private Urls() {}

    /** Service's name to its URLs, for those that publish over TCP. */
    static Map<String, List<String>> of(ProjectStatus status) {
        Map<String, List<String>> urls = new LinkedHashMap<>();
        for (ServiceStatus service : status.services()) {
            List<String> own = service.ports().stream()
                    .filter(port -> port.protocol().equals("tcp") && port.hostPort() > 0)
                    .map(Urls::url)
                    .toList();
            if (!own.isEmpty()) {
                urls.put(service.name(), own);
            }
        }
        return urls;
    }

    /** The one to show: the first service's first. */
    static Optional<String> first(ProjectStatus status) {
        return of(status).values().stream().map(List::getFirst).findFirst();
    }

    private static String url(PublishedPort port) {
        String host = port.address().equals(ANY) ? LOOPBACK : port.address();
        return "http://" + host + (port.hostPort() == HTTP ? "" : ":" + port.hostPort()) + "/";
    }
}

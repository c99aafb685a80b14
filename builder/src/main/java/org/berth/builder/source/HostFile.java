package org.berth.builder.source;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Settings of the host that a build step may ask for as a secret: where packages come from, and with which credentials. A
 * Dockerfile names one by its id ({@code RUN --mount=type=secret,id=pip.conf,...}); nothing of it goes into the image.
 */
public enum HostFile {
    /** pip's settings: package indexes, folders of wheels, certificates. */
    PIP("pip.conf", "/etc/pip.conf"),
    /** npm's: the registry, and who asks. */
    NPM("npmrc", "/root/.npmrc"),
    /** Maven's: mirrors, servers, proxies. */
    MAVEN("settings.xml", "/etc/maven/settings.xml"),
    /** Go's: its module proxies. */
    GO("go.env", "/root/.config/go/env"),
    /** The authorities that the host believes, as one PEM file. */
    CERTIFICATES("certificates.pem", "/etc/ssl/certs/ca-certificates.crt");

    /** Where a step of a plan sees what it is given of the host: nothing of it goes into the image. */
    public static final String GIVEN_FOLDER = "/mnt";

    private final String id;
    private final String target;

    HostFile(String id, String target) {
        this.id = id;
        this.target = target;
    }

    /** The secret's id. */
    public String id() {
        return id;
    }

    /** Where its program looks for it. */
    public String target() {
        return target;
    }

    /** The mount that asks for it; a build without it goes on. */
    String mount() {
        return "type=secret,id=" + id + ",target=" + target;
    }

    /** Those that a Dockerfile asks for. */
    public static List<HostFile> asked(String dockerfile) {
        return Arrays.stream(values())
                .filter(file -> Pattern.compile("--mount=\\S*\\bid=" + Pattern.quote(file.id) + "(?=[,\\s])")
                        .matcher(dockerfile)
                        .find())
                .toList();
    }
}

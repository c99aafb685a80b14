package org.berth.image;

/** Names that belong to Docker's reference grammar (github.com/distribution/reference, normalize.go); nowhere else. */
public final class RegistryNames {
    /** The registry of a reference that names none. */
    public static final String DEFAULT_REGISTRY = "docker.io";

    /** What the default registry was called once; read as the default one. */
    public static final String LEGACY_DEFAULT_REGISTRY = "index.docker.io";

    /** The host that serves the default registry's API. */
    public static final String DEFAULT_REGISTRY_HOST = "registry-1.docker.io";

    /** The key under which {@code docker login} keeps the default registry's credentials. */
    public static final String DEFAULT_REGISTRY_CREDENTIALS = "https://index.docker.io/v1/";

    /** The folder of a repository of the default registry that names none. */
    public static final String OFFICIAL_FOLDER = "library";

    /** The tag of a reference that has neither tag nor digest. */
    public static final String DEFAULT_TAG = "latest";

    private RegistryNames() {}
}

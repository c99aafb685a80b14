package org.berth.server.docker;

/** Where volumes are on the host. */
@FunctionalInterface
interface VolumeFolders {
    /** The folder of a volume; "" when there is none of that name. */
    String of(String volume);

    /** The folders of an engine's volumes. */
    static VolumeFolders of(org.berth.engine.Engine engine) {
        return name -> engine.volumes()
                .find(name)
                .map(volume -> volume.folder().toString())
                .orElse("");
    }
}

package org.berth.runtime.oci.config;

import java.util.List;
import java.util.Optional;

/**
 * Something to be mounted.
 *
 * @param destination in the container; a relative one is below its root
 * @param type of the file system; of no meaning for a bind
 * @param uidMappings for an id-mapped mount; empty: those of the user namespace
 */
public record Mount(
        String destination,
        Optional<String> type,
        Optional<String> source,
        MountOptions options,
        List<IdMapping> uidMappings,
        List<IdMapping> gidMappings) {
    public Mount {
        uidMappings = List.copyOf(uidMappings);
        gidMappings = List.copyOf(gidMappings);
    }

    static Mount of(ConfigNode node) {
        ConfigNode destination = node.required("destination");
        if (destination.text().isEmpty()) {
            throw destination.expected("a path");
        }
        Optional<String> type = node.member("type", ConfigNode::text).filter(text -> !text.isEmpty());
        List<String> words = node.texts("options");
        return new Mount(
                destination.text(),
                type,
                node.member("source", ConfigNode::text).filter(text -> !text.isEmpty()),
                MountOptions.parse(words, type.filter("bind"::equals).isPresent(), node.path() + ".options"),
                node.list("uidMappings", IdMapping::of),
                node.list("gidMappings", IdMapping::of));
    }

    /** Whether it is a copy of a part of the host's tree. */
    public boolean bind() {
        return options.bind();
    }

    /** The type, "none" when there is none. */
    public String typeOrNone() {
        return type.orElse("none");
    }

    /** The same with this source. */
    public Mount withSource(Optional<String> value) {
        return new Mount(destination, type, value, options, uidMappings, gidMappings);
    }

    /** The same on this place. */
    public Mount withDestination(String value) {
        return new Mount(value, type, source, options, uidMappings, gidMappings);
    }
}

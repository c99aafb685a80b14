package org.berth.runtime.oci.config;

import java.util.ArrayList;
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
        List<String> words = new ArrayList<>(node.texts("options"));
        Optional<InlineIdMap> inline = InlineIdMap.take(words, node.path() + ".options");
        List<IdMapping> uids = node.list("uidMappings", IdMapping::of);
        List<IdMapping> gids = node.list("gidMappings", IdMapping::of);
        if (inline.isPresent() && !(uids.isEmpty() && gids.isEmpty())) {
            throw ConfigNode.error(
                    node.path() + ".options", "expected idmap without ids, or no uidMappings and gidMappings");
        }
        return new Mount(
                destination.text(),
                type,
                node.member("source", ConfigNode::text).filter(text -> !text.isEmpty()),
                MountOptions.parse(words, type.filter("bind"::equals).isPresent()),
                inline.map(InlineIdMap::uids).orElse(uids),
                inline.map(InlineIdMap::gids).orElse(gids));
    }

    /** A folder of the host, seen but not written to, and nothing in it executed. */
    public static Mount ofFolder(String source, String destination) {
        List<String> words = List.of("bind", "ro", "nosuid", "nodev", "noexec");
        return new Mount(
                destination,
                Optional.of("bind"),
                Optional.of(source),
                MountOptions.parse(words, true),
                List.of(),
                List.of());
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

    /** The same with these options. */
    public Mount withOptions(MountOptions value) {
        return new Mount(destination, type, source, value, uidMappings, gidMappings);
    }

    /** The same on this place. */
    public Mount withDestination(String value) {
        return new Mount(value, type, source, options, uidMappings, gidMappings);
    }
}

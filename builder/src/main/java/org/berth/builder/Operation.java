package org.berth.builder;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.builder.dockerfile.HereDocument;
import org.berth.builder.dockerfile.Instruction.RunNetwork;
import org.berth.builder.dockerfile.Instruction.RunSecurity;
import org.berth.builder.dockerfile.Place;
import org.berth.builder.dockerfile.RunMount;

/** What one step of a build does. Nothing in it is left to expand. */
sealed interface Operation {
    /** As it is shown, and kept in the image's history. */
    String text();

    /** An image's layers to go on from; none for scratch. */
    record Base(String text, List<String> layers, List<String> history) implements Operation {
        public Base {
            layers = List.copyOf(layers);
            history = List.copyOf(history);
        }
    }

    /**
     * Runs a program on the layers below.
     *
     * @param arguments program and arguments
     * @param environment over the image's: the stage's ARGs
     * @param mounts targets are absolute
     * @param sources the nodes that mounts' "from" name
     * @param script a here-document that is run as a file of its own
     */
    record Run(
            Place place,
            String text,
            List<String> arguments,
            Map<String, String> environment,
            List<RunMount> mounts,
            Map<String, Integer> sources,
            RunNetwork network,
            RunSecurity security,
            Optional<HereDocument> script)
            implements Operation {
        public Run {
            arguments = List.copyOf(arguments);
            environment = Map.copyOf(environment);
            mounts = List.copyOf(mounts);
            sources = Map.copyOf(sources);
        }
    }

    /**
     * Copies files onto the layers below.
     *
     * @param target absolute; a slash at its end says that it is a folder
     * @param linked whether it is a layer of its own, made without looking at what is below
     */
    record Copy(Place place, String text, List<Part> parts, String target, CopyManner manner, boolean linked)
            implements Operation {
        public Copy {
            parts = List.copyOf(parts);
        }
    }

    /** Puts the layer that another node made on top of those below. */
    record Link(String text, int layer) implements Operation {}

    /**
     * How files are copied.
     *
     * @param owner "name", "uid:gid"; empty: as it is in another stage, 0:0 for the build's folder
     * @param mode octal or symbolic; empty: as it is
     * @param parents whether the folders above a source come along
     * @param excludes patterns of what is left out
     * @param unpack whether archives are unpacked
     */
    record CopyManner(
            Optional<String> owner, Optional<String> mode, boolean parents, List<String> excludes, boolean unpack) {
        public CopyManner {
            excludes = List.copyOf(excludes);
        }
    }

    /** Sources of one kind. */
    sealed interface Part {
        /** Paths of the build's folder. */
        record Context(List<String> sources) implements Part {}

        /** Paths of what another node made. */
        record Node(int node, List<String> sources) implements Part {}

        /** A file whose content the Dockerfile has. */
        record Inline(String name, String content) implements Part {}

        /**
         * What an address gives.
         *
         * @param checksum "sha256:..."
         */
        record Remote(String address, Optional<String> checksum) implements Part {}

        /** A commit of a repository. */
        record Repository(GitReference reference, boolean keepGitFolder, Optional<String> checksum) implements Part {}
    }
}

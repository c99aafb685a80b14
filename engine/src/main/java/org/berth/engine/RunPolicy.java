package org.berth.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.berth.image.Image;
import org.berth.image.attached.Attachment;
import org.berth.image.signature.ImagePolicy;

/**
 * The policy of what may run, asked whenever a container is made. It is read each time, so that a change of it counts at
 * once; one that can't be read lets nothing run.
 */
final class RunPolicy {
    private static final String FILE = "policy.json";
    private static final Path OF_THE_MACHINE = Path.of("/etc/berth", FILE);

    private RunPolicy() {}

    static void check(Node node, Image image) {
        Path own = node.instance().root().resolve(FILE);
        ImagePolicy.read(Files.exists(own) ? own : OF_THE_MACHINE).check(image, () -> signatures(node, image));
    }

    private static List<Attachment> signatures(Node node, Image image) {
        List<Attachment> here = node.images().attached(image);
        if (here.stream().anyMatch(Attachment::isSignature)) {
            return here;
        }
        node.images().fetchSignatures(image);
        return node.images().attached(image);
    }
}

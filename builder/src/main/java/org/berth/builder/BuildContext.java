package org.berth.builder;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.berth.base.BerthException;
import org.berth.base.Progress;
import org.berth.builder.LayerMaker.Manner;
import org.berth.builder.context.SourceTree;
import org.berth.builder.dockerfile.Place;
import org.berth.image.Images;

/**
 * One build on its way: what was asked and with what it is done.
 *
 * @param tree the user's folder
 * @param holds what it holds until its end
 * @param host what steps of a source folder's plan are given of this host's settings
 * @param cache what is known of steps from elsewhere
 */
record BuildContext(
        BuildRequest request,
        SourceTree tree,
        Images images,
        LayerMaker layers,
        Holds holds,
        Map<String, String> environment,
        HostSettings.Given host,
        BuildCache cache,
        Progress progress) {
    /** The same, for a source folder's plan. */
    BuildContext with(HostSettings.Given given) {
        return new BuildContext(request, tree, images, layers, holds, environment, given, cache, progress);
    }

    /** The same, with what is known of steps from elsewhere. */
    BuildContext with(BuildCache other) {
        return new BuildContext(request, tree, images, layers, holds, environment, host, other, progress);
    }

    /** How a step is done, and how it is called. */
    Manner manner(String id) {
        return new Manner(request.noCache(), id, holds, cache, List.of(), progress);
    }

    /** An error of an instruction, with where that is written. */
    BerthException at(Place place, BerthException e) {
        String message = String.valueOf(e.getMessage());
        return message.startsWith(place.toString()) ? e : new BerthException(e.code(), place.say(message), e);
    }

    /** Numbers steps: "3/7". */
    static final class Counter {
        private final AtomicInteger done = new AtomicInteger();
        private final String prefix;
        private final int total;

        Counter(String prefix, int total) {
            this.prefix = prefix;
            this.total = total;
        }

        String next() {
            return prefix + done.incrementAndGet() + "/" + total;
        }
    }
}

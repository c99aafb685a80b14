package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.berth.base.Instance;
import org.berth.engine.BusyboxCondition.NeedsBusybox;
import org.berth.testing.KernelTest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images of so many layers that their paths fit in no page of mount options: they run, are changed and committed. */
@KernelTest
@NeedsBusybox
class ManyLayersKernelTest {
    @ParameterizedTest
    @ValueSource(ints = {120, 250})
    void aContainerSeesAllOfThem(int layers, Instance instance) {
        try (TestNode node = new TestNode(instance).withTinyOf(layers)) {
            Samples look = Samples.shell("cat /layers/* | wc -l; cat /layers/1 /layers/" + (layers - 1)
                    + " /top; rm /layers/2; echo new > /layers/3; test ! -e /layers/2 && cat /layers/3");
            assertThat(node.output(look).lines())
                    .containsExactly(
                            Integer.toString(layers - 1), "1", Integer.toString(layers - 1), "" + (layers - 1), "new");
        }
    }
}

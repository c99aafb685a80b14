package org.berth.engine;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.file.Files;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips, saying so, where the host has no static busybox to make a root of. */
final class BusyboxCondition implements ExecutionCondition {
    /** Marks tests that need it. */
    @Retention(RetentionPolicy.RUNTIME)
    @ExtendWith(BusyboxCondition.class)
    @interface NeedsBusybox {}

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return Files.isExecutable(TestNode.BUSYBOX)
                ? ConditionEvaluationResult.enabled("busybox is there")
                : ConditionEvaluationResult.disabled(
                        "no " + TestNode.BUSYBOX + ": install the package busybox-static to run this");
    }
}

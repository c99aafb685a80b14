package org.berth.testing;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Compares {@link NeedsKernel} with this machine's release. */
final class KernelCondition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        String release = System.getProperty("os.version", "0.0");
        String[] numbers = release.split("[.-]", 3);
        int major = Integer.parseInt(numbers[0]);
        int minor = Integer.parseInt(numbers[1]);
        return AnnotationSupport.findAnnotation(context.getElement(), NeedsKernel.class)
                .filter(needs -> major < needs.major() || major == needs.major() && minor < needs.minor())
                .map(needs -> ConditionEvaluationResult.disabled(
                        "needs Linux " + needs.major() + "." + needs.minor() + ", this is " + release))
                .orElseGet(() -> ConditionEvaluationResult.enabled("Linux " + release));
    }
}

package org.berth.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.berth.base.Instance;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives a test its instance and checks afterwards that nothing of it is left on the machine. */
public final class KernelExtension
        implements ExecutionCondition, BeforeEachCallback, AfterEachCallback, ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create((Object) KernelExtension.class);

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return "root".equals(System.getProperty("user.name"))
                ? ConditionEvaluationResult.enabled("running as root")
                : ConditionEvaluationResult.disabled("kernel tests need root");
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        Path folder = Files.createTempDirectory("berth-test-");
        context.getStore(NAMESPACE).put(Path.class, folder);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Instance.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return instance(context);
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        List<String> left = Leftovers.of(instance(context));
        delete(folder(context));
        if (!left.isEmpty()) {
            throw new AssertionError("left behind by the test:\n  " + String.join("\n  ", left));
        }
    }

    private static Instance instance(ExtensionContext context) {
        Path folder = folder(context);
        return new Instance(folder.resolve("root"), folder.resolve("run"));
    }

    private static Path folder(ExtensionContext context) {
        return Objects.requireNonNull(context.getStore(NAMESPACE).get(Path.class, Path.class));
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(KernelExtension::deleteOne);
        }
    }

    private static void deleteOne(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

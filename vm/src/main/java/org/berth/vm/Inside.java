package org.berth.vm;

import java.io.PrintWriter;
import java.util.Arrays;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** In the virtual machine: runs classes of tests, a line for each test, and says how many went wrong. */
public final class Inside {
    private static final int TRACE_LINES_MAX = 5;

    private Inside() {}

    /** @param classes their names */
    public static void main(String[] classes) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(Arrays.stream(classes)
                        .map(DiscoverySelectors::selectClass)
                        .toList())
                .build();
        SummaryGeneratingListener summary = new SummaryGeneratingListener();
        LauncherFactory.create().execute(request, summary, new Lines());
        var counted = summary.getSummary();
        counted.printFailuresTo(new PrintWriter(System.out, true), TRACE_LINES_MAX);
        System.out.println("tests: " + counted.getTestsSucceededCount() + " went well, " + counted.getTestsFailedCount()
                + " failed, " + (counted.getTestsSkippedCount() + counted.getTestsAbortedCount()) + " skipped");
        boolean well = counted.getTotalFailureCount() == 0 && counted.getTestsSucceededCount() > 0;
        System.exit(well ? 0 : 1);
    }

    private static final class Lines implements TestExecutionListener {
        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (test.isTest()) {
                String where = test.getParentId().orElse("").replaceAll(".*[.]|\\].*", "");
                String why = result.getThrowable()
                        .map(thrown -> ": "
                                + String.valueOf(thrown.getMessage())
                                        .lines()
                                        .findFirst()
                                        .orElse(""))
                        .orElse("");
                System.out.println(result.getStatus() + " " + where + " " + test.getDisplayName() + why);
            }
        }

        @Override
        public void executionSkipped(TestIdentifier test, String reason) {
            System.out.println("SKIPPED " + test.getDisplayName() + ": " + reason);
        }
    }
}

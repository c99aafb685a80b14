package org.berth.builder.source;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * How a folder with requirements.txt becomes an image: four layers, the base, Debian's packages, the
 * virtual environment, the source. A change of the source alone leaves the first three as they are.
 *
 * @param packages Debian packages by name: Python's and those that apt.txt lists
 * @param requirements requirements.txt and the files it names, by path
 * @param start program and arguments; empty when whoever runs the image says what
 */
public record PythonPlan(List<String> packages, Map<String, String> requirements, Optional<List<String>> start) {
    /** The base image. */
    public static final String BASE = "debian:bookworm";

    public static final String REQUIREMENTS = "requirements.txt";

    /** Where the source is in the image, and where it is started. */
    public static final String SOURCE_FOLDER = "/app";

    /** The virtual environment. */
    public static final String ENVIRONMENT_FOLDER = "/opt/venv";

    /** Where a step sees what it is given: nothing of it goes into the image. */
    public static final String GIVEN_FOLDER = "/mnt";

    private static final List<String> PYTHON = List.of("python3", "python3-venv");
    private static final int PACKAGES_MAX = 1000;
    private static final Pattern PACKAGE = Pattern.compile("[a-z0-9][a-z0-9+.-]+(?:=[A-Za-z0-9.+:~-]+)?");

    /**
     * Reads the folder's files.
     *
     * @param reader the text of a file of the folder, empty when it is not there
     * @param commandGiven whether whoever runs the image says what to run
     * @throws BerthException INVALID when there is nothing to start, or a file is not of the form
     */
    public static PythonPlan of(Function<String, Optional<String>> reader, boolean commandGiven) {
        Optional<List<String>> start = reader.apply("Procfile").flatMap(text -> Procfile.command(text, "web"));
        if (start.isEmpty() && !commandGiven) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "nothing says how to start this: expected 'command:' in compose.yaml, or a line 'web: COMMAND' in a Procfile");
        }
        List<String> packages = new ArrayList<>(PYTHON);
        reader.apply("apt.txt").ifPresent(text -> packages(text, packages));
        return new PythonPlan(List.copyOf(packages), RequirementFiles.read(REQUIREMENTS, reader), start);
    }

    /**
     * The line for the shell that installs the packages. dpkg needn't wait for the disk after each file:
     * a layer that was cut short by a power failure is not used.
     */
    public String packagesCommand() {
        return "apt-get -o APT::Update::Error-Mode=any update"
                + " && apt-get -o DPkg::Options::=--force-unsafe-io install --yes --no-install-recommends "
                + String.join(" ", packages)
                + " && rm -rf /var/lib/apt/lists/*";
    }

    /**
     * The line for the shell that makes the virtual environment and installs into it; what Debian's
     * packages satisfy is installed already for pip.
     */
    public static String environmentCommand() {
        String python = ENVIRONMENT_FOLDER + "/bin/python";
        return "python3 -m venv --system-site-packages " + ENVIRONMENT_FOLDER
                + " && { " + python + " -m pip install --no-cache-dir -r " + GIVEN_FOLDER + "/" + REQUIREMENTS
                + " || { " + python + " " + GIVEN_FOLDER + "/unsatisfied.py " + GIVEN_FOLDER + "/" + REQUIREMENTS
                + "; exit 1; }; }";
    }

    private static void packages(String text, List<String> packages) {
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            String name = line.replaceFirst("#.*", "").strip();
            if (name.isEmpty()) {
                continue;
            }
            if (!PACKAGE.matcher(name).matches()) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        "apt.txt:" + number + ": '" + name
                                + "' is no name of a Debian package; one name a line was expected");
            }
            if (!packages.contains(name)) {
                packages.add(name);
            }
            if (packages.size() > PACKAGES_MAX) {
                throw new BerthException(ErrorCode.INVALID, "apt.txt: more than " + PACKAGES_MAX + " packages");
            }
        }
    }
}

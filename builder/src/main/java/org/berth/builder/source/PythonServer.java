package org.berth.builder.source;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What serves a Python application.
 *
 * @param port where it listens, if that is known
 * @param reason "gunicorn, for the Flask application in app.py"
 */
record PythonServer(List<String> command, Optional<String> port, String reason) {
    private static final int FILES_MAX = 200;
    private static final String BIND = "0.0.0.0:" + StartCommand.PORT;
    private static final List<String> LIKELY = List.of("app.py", "main.py", "wsgi.py", "asgi.py", "application.py");
    private static final Pattern FLASK = application("Flask");
    private static final Pattern FACTORY = Pattern.compile("(?m)^def\\s+(create_app|make_app)\\s*\\(");
    private static final Pattern FASTAPI = application("FastAPI");
    private static final Pattern SETTINGS = Pattern.compile("DJANGO_SETTINGS_MODULE[\"']\\s*,\\s*[\"']([\\w.]+)[\"']");

    PythonServer {
        command = List.copyOf(command);
    }

    static Optional<PythonServer> of(SourceFolder folder, PythonRequirements requirements) {
        return StartCommand.ofProcfile(folder)
                .map(command -> new PythonServer(
                        command,
                        command.toString().contains("$PORT") ? Optional.of(StartCommand.PORT) : Optional.empty(),
                        "the Procfile's web"))
                .or(() -> django(folder, requirements))
                .or(() -> application(folder, requirements, FASTAPI, "FastAPI"))
                .or(() -> application(folder, requirements, FLASK, "Flask"));
    }

    private static Optional<PythonServer> django(SourceFolder folder, PythonRequirements requirements) {
        Optional<Matcher> settings =
                folder.text("manage.py").map(SETTINGS::matcher).filter(Matcher::find);
        if (settings.isEmpty()) {
            return Optional.empty();
        }
        String module = settings.get().group(1);
        String project = module.contains(".") ? module.substring(0, module.lastIndexOf('.')) : module;
        boolean wsgi = folder.has(project.replace('.', '/') + "/wsgi.py");
        boolean asgi = folder.has(project.replace('.', '/') + "/asgi.py");
        String of = ", for the Django project " + project;
        if (wsgi && requirements.has("gunicorn")) {
            return Optional.of(server(List.of("gunicorn", "--bind", BIND, project + ".wsgi"), "gunicorn" + of));
        }
        if (asgi && requirements.has("uvicorn")) {
            return Optional.of(server(uvicorn(project + ".asgi:application"), "uvicorn" + of));
        }
        return Optional.of(server(
                List.of("python", "manage.py", "runserver", "--noreload", BIND),
                "Django's own server (add gunicorn to the requirements for a better one)" + of));
    }

    private static Optional<PythonServer> application(
            SourceFolder folder, PythonRequirements requirements, Pattern pattern, String framework) {
        for (String file : candidates(folder)) {
            String text = folder.text(file).orElse("");
            Matcher matcher = pattern.matcher(text);
            boolean found = matcher.find();
            Matcher factory = FACTORY.matcher(text);
            if (!found && !(text.contains(framework + "(") && factory.find())) {
                continue;
            }
            String module = file.replaceFirst("(/__init__)?\\.py$", "").replace('/', '.');
            String of = ", for the " + framework + " application in " + file;
            return Optional.of(
                    framework.equals("Flask")
                            ? flask(requirements, module, found ? matcher.group(1) : factory.group(1) + "()", of)
                            : fastapi(requirements, module, found ? matcher.group(1) : factory.group(1), !found, of));
        }
        return Optional.empty();
    }

    private static PythonServer flask(PythonRequirements requirements, String module, String name, String of) {
        String target = module + ":" + name;
        if (requirements.has("gunicorn")) {
            return server(List.of("gunicorn", "--bind", BIND, target), "gunicorn" + of);
        }
        if (requirements.has("waitress")) {
            return server(
                    name.endsWith("()")
                            ? List.of("waitress-serve", "--listen=" + BIND, "--call", target.replace("()", ""))
                            : List.of("waitress-serve", "--listen=" + BIND, target),
                    "waitress" + of);
        }
        return server(
                List.of(
                        "python",
                        "-m",
                        "flask",
                        "--app",
                        target,
                        "run",
                        "--host",
                        "0.0.0.0",
                        "--port",
                        StartCommand.PORT),
                "Flask's own server (add gunicorn to the requirements for a better one)" + of);
    }

    private static PythonServer fastapi(
            PythonRequirements requirements, String module, String name, boolean factory, String of) {
        if (requirements.has("hypercorn") && !requirements.has("uvicorn")) {
            return server(
                    List.of("hypercorn", "--bind", BIND, module + ":" + name + (factory ? "()" : "")),
                    "hypercorn" + of);
        }
        List<String> command = new ArrayList<>(uvicorn(module + ":" + name));
        if (factory) {
            command.add("--factory");
        }
        return server(command, "uvicorn" + of);
    }

    private static List<String> uvicorn(String target) {
        return List.of("python", "-m", "uvicorn", target, "--host", "0.0.0.0", "--port", StartCommand.PORT);
    }

    private static PythonServer server(List<String> command, String reason) {
        return new PythonServer(command, Optional.of(StartCommand.PORT), reason);
    }

    /** Where an application may be: the usual names first. */
    private static List<String> candidates(SourceFolder folder) {
        List<String> files = new ArrayList<>();
        LIKELY.stream().filter(folder::has).forEach(files::add);
        List.of("*.py", "*/__init__.py", "*/app.py", "*/main.py", "src/*/__init__.py")
                .forEach(pattern -> folder.matching(pattern).forEach(file -> {
                    if (!files.contains(file) && files.size() < FILES_MAX && !file.contains("test")) {
                        files.add(file);
                    }
                }));
        return files;
    }

    private static Pattern application(String framework) {
        return Pattern.compile("(?m)^(\\w+)\\s*(?::[^=\\n]+)?=\\s*(?:\\w+\\.)?" + framework + "\\(");
    }
}

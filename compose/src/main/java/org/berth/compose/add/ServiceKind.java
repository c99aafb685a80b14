package org.berth.compose.add;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A kind of service that can be added. Its files are resources in a folder of its name: {@code service.yaml} (the
 * service as the Compose file gets it) and what goes into the folder that its image is built from. Texts have
 * placeholders: {@code @NAME@} the service, {@code @VARIABLE@} its name as a variable has it, {@code @TARGET@} and
 * {@code @TARGET_PORT@} the first service it is connected with, {@code @PASSWORD@} the generated one (secrets only).
 *
 * @param name what the command calls it
 * @param summary what it is, in a few words
 * @param files its resources but service.yaml
 * @param secrets files that are generated
 * @param environment what a connected service is given in clear
 * @param volume whether it keeps data in a volume of its name
 * @param front whether it stands before the services it is connected with, and not behind them
 */
public record ServiceKind(
        String name,
        String summary,
        List<String> files,
        List<Secret> secrets,
        Map<String, String> environment,
        boolean volume,
        boolean front) {

    /**
     * A generated secret.
     *
     * @param suffix of its name: "password" makes db_password
     * @param content with {@code @PASSWORD@}
     * @param variables of a connected service that name its file
     * @param mode of the file in a connected service, where the user's programs want another than the usual one
     */
    public record Secret(String suffix, String content, List<String> variables, Optional<String> mode) {
        public Secret {
            variables = List.copyOf(variables);
        }

        private Secret in(String variable) {
            return new Secret(suffix, content, List.of(variable), mode);
        }
    }

    private static final Secret PASSWORD = secret("password", "@PASSWORD@");

    /** Every kind there is. */
    public static final List<ServiceKind> ALL = List.of(
            new ServiceKind(
                    "postgres",
                    "PostgreSQL 15, with a user and a database named app",
                    List.of("Dockerfile", "start"),
                    List.of(
                            PASSWORD.in("DATABASE_PASSWORD_FILE"),
                            // libpq wants a password file that nobody else can read
                            new Secret("pgpass", "*:*:*:app:@PASSWORD@\n", List.of("PGPASSFILE"), Optional.of("0400")),
                            secret("url", "postgresql://app:@PASSWORD@@@NAME@:5432/app")
                                    .in("DATABASE_URL_FILE")),
                    Map.of(
                            "PGHOST", "@NAME@",
                            "PGPORT", "5432",
                            "PGUSER", "app",
                            "PGDATABASE", "app",
                            "DATABASE_URL", "postgresql://app@@NAME@:5432/app"),
                    true,
                    false),
            new ServiceKind(
                    "mariadb",
                    "MariaDB 10.11, with a user and a database named app",
                    List.of("Dockerfile", "start"),
                    List.of(
                            PASSWORD.in("DATABASE_PASSWORD_FILE"),
                            secret("url", "mysql://app:@PASSWORD@@@NAME@:3306/app")
                                    .in("DATABASE_URL_FILE")),
                    Map.of(
                            "MYSQL_HOST", "@NAME@",
                            "MYSQL_TCP_PORT", "3306",
                            "MYSQL_USER", "app",
                            "MYSQL_DATABASE", "app"),
                    true,
                    false),
            new ServiceKind(
                    "redis",
                    "Redis 7, which keeps its data and wants a password",
                    List.of("Dockerfile", "start", "check"),
                    List.of(
                            PASSWORD.in("REDIS_PASSWORD_FILE"),
                            secret("url", "redis://:@PASSWORD@@@NAME@:6379/0").in("REDIS_URL_FILE")),
                    Map.of("REDIS_HOST", "@NAME@", "REDIS_PORT", "6379"),
                    true,
                    false),
            new ServiceKind(
                    "memcached",
                    "memcached with 64 MiB; it has no passwords, only services of its network reach it",
                    List.of("Dockerfile", "check"),
                    List.of(),
                    Map.of("MEMCACHE_SERVERS", "@NAME@:11211"),
                    false,
                    false),
            new ServiceKind(
                    "rabbitmq",
                    "RabbitMQ 3.10, with a user named app",
                    List.of("Dockerfile", "start", "check"),
                    List.of(
                            PASSWORD.in("RABBITMQ_PASSWORD_FILE"),
                            secret("url", "amqp://app:@PASSWORD@@@NAME@:5672/").in("AMQP_URL_FILE")),
                    Map.of("RABBITMQ_HOST", "@NAME@", "RABBITMQ_PORT", "5672", "RABBITMQ_USER", "app"),
                    true,
                    false),
            new ServiceKind(
                    "nginx",
                    "nginx before a service of yours: files of its folder site, else that service's answers",
                    List.of("Dockerfile", "start", "check", "nginx.conf", "site/robots.txt"),
                    List.of(),
                    Map.of(),
                    true,
                    true),
            new ServiceKind(
                    "filer",
                    "files over HTTP (WebDAV: GET, PUT, DELETE), by nginx; with a user named app",
                    List.of("Dockerfile", "start", "check", "nginx.conf"),
                    List.of(
                            PASSWORD.in("FILER_PASSWORD_FILE"),
                            secret("url", "http://app:@PASSWORD@@@NAME@/").in("FILER_URL_FILE")),
                    Map.of("FILER_URL", "http://@NAME@/", "FILER_USER", "app"),
                    true,
                    false));

    public ServiceKind {
        files = List.copyOf(files);
        secrets = List.copyOf(secrets);
        environment = Map.copyOf(environment);
    }

    /** The kind of that name. */
    public static Optional<ServiceKind> of(String name) {
        return ALL.stream().filter(kind -> kind.name().equals(name)).findFirst();
    }

    private static Secret secret(String suffix, String content) {
        return new Secret(suffix, content, List.of(), Optional.empty());
    }
}

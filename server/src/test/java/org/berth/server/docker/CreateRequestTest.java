package org.berth.server.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.engine.ContainerRequest;
import org.berth.engine.ContainerRequest.HealthCheck;
import org.berth.engine.ContainerRequest.Mount;
import org.berth.engine.ContainerRequest.NetworkAttachment;
import org.berth.engine.ContainerRequest.NetworkMode;
import org.berth.engine.ContainerRequest.RestartPolicy;
import org.berth.engine.JailRequest;
import org.berth.engine.JailRequest.DiskLimit;
import org.berth.image.ImageHealth;
import org.berth.linux.cgroup.GroupResources;
import org.berth.linux.cgroup.GroupResources.ThrottleKind;
import org.berth.runtime.Isolation.Kind;
import org.berth.runtime.ProcessSpec.Limit;
import org.berth.runtime.Resources;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CreateRequestTest {
    /** What docker 28 sends for {@code docker run --rm debian echo hi}. */
    private static final String PLAIN = """
            {"Hostname": "", "Domainname": "", "User": "", "AttachStdin": false, "AttachStdout": true,
             "AttachStderr": true, "Tty": false, "OpenStdin": false, "StdinOnce": false, "Env": null,
             "Cmd": ["echo", "hi"], "Image": "debian", "Volumes": {}, "WorkingDir": "", "Entrypoint": null,
             "OnBuild": null, "Labels": {},
             "HostConfig": {"Binds": null, "ContainerIDFile": "", "LogConfig": {"Type": "", "Config": {}},
               "NetworkMode": "default", "PortBindings": {}, "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
               "AutoRemove": true, "VolumeDriver": "", "VolumesFrom": null, "ConsoleSize": [24, 80], "CapAdd": null,
               "CapDrop": null, "CgroupnsMode": "", "Dns": [], "DnsOptions": [], "DnsSearch": [], "ExtraHosts": null,
               "GroupAdd": null, "IpcMode": "", "Cgroup": "", "Links": null, "OomScoreAdj": 0, "PidMode": "",
               "Privileged": false, "PublishAllPorts": false, "ReadonlyRootfs": false, "SecurityOpt": null,
               "UTSMode": "", "UsernsMode": "", "ShmSize": 0, "Isolation": "", "CpuShares": 0, "Memory": 0,
               "NanoCpus": 0, "CgroupParent": "", "BlkioWeight": 0, "BlkioWeightDevice": [], "CpuPeriod": 0,
               "CpuQuota": 0, "CpusetCpus": "", "Devices": [], "DeviceCgroupRules": null, "DeviceRequests": null,
               "MemoryReservation": 0, "MemorySwap": 0, "MemorySwappiness": -1, "OomKillDisable": false,
               "PidsLimit": 0, "Ulimits": [], "MaskedPaths": null, "ReadonlyPaths": null},
             "NetworkingConfig": {"EndpointsConfig": {"default": {"IPAMConfig": null, "Links": null, "Aliases": null,
               "MacAddress": "", "DriverOpts": null, "GwPriority": 0, "NetworkID": "", "EndpointID": "", "Gateway": "",
               "IPAddress": "", "IPPrefixLen": 0, "IPv6Gateway": "", "GlobalIPv6Address": "", "DNSNames": null}}}}
            """;

    private static ContainerRequest read(String json) {
        return read(json, Optional.empty());
    }

    private static ContainerRequest read(String json, Optional<ImageHealth> health) {
        CreateRequest.OfImage ofImage = new CreateRequest.OfImage(Set.of("80/tcp"), health);
        return CreateRequest.read(Json.MAPPER.readTree(json), Optional.of("/shop"), ofImage, "machine");
    }

    /** A body whose HostConfig is this. */
    private static ContainerRequest host(String json) {
        return read("{\"Image\": \"a\", \"HostConfig\": " + json.replace('\'', '"') + "}");
    }

    @Test
    void filterOfSystemCallsIsTheClientsChoice() {
        assertThat(host("{}").seccomp()).isEmpty();
        assertThat(host("{'SecurityOpt': ['no-new-privileges', 'seccomp=unconfined']}")
                        .seccomp())
                .contains("unconfined");
        assertThat(host("{'SecurityOpt': ['seccomp=builtin']}").seccomp()).isEmpty();
        assertThat(host("{'SecurityOpt': ['seccomp={}\\n']}").seccomp()).contains("{}\n");
    }

    @Test
    void programsRaiseRightsOnlyWhereTheClientSaysSo() {
        assertThat(host("{'SecurityOpt': ['no-new-privileges:true']}").jail()).isEmpty();
        assertThat(host("{'SecurityOpt': ['no-new-privileges:false']}")
                        .jail()
                        .orElseThrow()
                        .gainsPrivileges())
                .isTrue();
    }

    @Test
    void aJailIsReadAndShownInDockersWords() {
        ContainerRequest request = host("{'Privileged': true, 'CapAdd': ['NET_ADMIN'], 'CapDrop': ['ALL'],"
                + " 'GroupAdd': ['audio'], 'PidMode': 'container:other', 'IpcMode': 'host', 'UTSMode': 'host',"
                + " 'CgroupnsMode': 'host', 'OomScoreAdj': -5, 'ShmSize': 1048576, 'MaskedPaths': [],"
                + " 'ReadonlyPaths': ['/proc/sys'], 'Sysctls': {'net.core.somaxconn': '9'},"
                + " 'Devices': [{'PathOnHost': '/dev/kvm', 'PathInContainer': '', 'CgroupPermissions': ''}],"
                + " 'DeviceCgroupRules': ['c 1:* r'], 'Ulimits': [{'Name': 'nofile', 'Soft': 1, 'Hard': 2}],"
                + " 'BlkioDeviceReadBps': [{'Path': '/dev/sda', 'Rate': 7}],"
                + " 'BlkioWeightDevice': [{'Path': '/dev/sda', 'Weight': 20}],"
                + " 'SecurityOpt': ['no-new-privileges:false', 'seccomp=unconfined']}");
        assertThat(request.jail())
                .contains(JailRequest.of()
                        .privileged(true)
                        .addedCapabilities(List.of("NET_ADMIN"))
                        .droppedCapabilities(List.of("ALL"))
                        .gainsPrivileges(true)
                        .groups(List.of("audio"))
                        .processesOf(Optional.of("other"))
                        .shared(Set.of(Kind.IPC, Kind.UTS, Kind.CGROUP))
                        .outOfMemoryScore(OptionalInt.of(-5))
                        .sharedMemoryBytes(OptionalLong.of(1 << 20))
                        .maskedPaths(Optional.of(List.of()))
                        .readOnlyPaths(Optional.of(List.of("/proc/sys")))
                        .settings(Map.of("net.core.somaxconn", "9"))
                        .devices(List.of(new JailRequest.Device("/dev/kvm", "/dev/kvm", "rwm")))
                        .deviceRules(List.of("c 1:* r"))
                        .limits(List.of(new Limit("nofile", 1, 2)))
                        .diskLimits(List.of(
                                new DiskLimit("/dev/sda", Optional.empty(), 20),
                                new DiskLimit("/dev/sda", Optional.of(ThrottleKind.READ_BYTES_PER_SECOND), 7)))
                        .build());
        assertThat(Json.MAPPER.writeValueAsString(JailJson.of(request)))
                .contains(
                        "\"Privileged\":true",
                        "\"SecurityOpt\":[\"no-new-privileges:false\",\"seccomp=unconfined\"]",
                        "\"PidMode\":\"container:other\",\"IpcMode\":\"host\"",
                        "\"Ulimits\":[{\"Name\":\"nofile\",\"Soft\":1,\"Hard\":2}]",
                        "\"BlkioDeviceReadBps\":[{\"Path\":\"/dev/sda\",\"Rate\":7}]");
        assertThat(Json.MAPPER.writeValueAsString(JailJson.of(host("{}"))))
                .contains("\"SecurityOpt\":[\"no-new-privileges\"]", "\"ShmSize\":67108864", "\"IpcMode\":\"private\"");
    }

    @Test
    void anIpcNamespaceIsSharedAndJoined() {
        ContainerRequest joining = host("{'IpcMode': 'container:other'}");
        assertThat(joining.jail().orElseThrow().ipcOf()).contains("other");
        assertThat(Json.MAPPER.writeValueAsString(JailJson.of(joining))).contains("\"IpcMode\":\"container:other\"");
        ContainerRequest sharing = host("{'IpcMode': 'shareable'}");
        assertThat(sharing.jail().orElseThrow().sharesIpc()).isTrue();
        assertThat(Json.MAPPER.writeValueAsString(JailJson.of(sharing))).contains("\"IpcMode\":\"shareable\"");
    }

    @Test
    void limitsOfEveryKindAreReadAndUpdated() {
        Resources limits = host("{'Memory': 100, 'MemorySwap': 300, 'MemoryReservation': 50, 'MemorySwappiness': 0,"
                        + " 'CpuShares': 512, 'CpusetCpus': '0-1', 'BlkioWeight': 300, 'OomKillDisable': true}")
                .resources();
        GroupResources more = limits.more().orElseThrow();
        assertThat(more.memory().limit()).hasValue(100);
        assertThat(more.memory().swap()).hasValue(300);
        assertThat(more.memory().reservation()).hasValue(50);
        assertThat(more.memory().swappiness()).hasValue(0);
        assertThat(more.memory().disableOutOfMemoryKiller()).contains(true);
        assertThat(more.processor().shares()).hasValue(512);
        assertThat(more.processor().processors()).contains("0-1");
        assertThat(more.blockIo().weight()).hasValue(300);
        Resources updated = ResourceReader.update(Json.MAPPER.readTree("{\"CpuShares\": 2, \"Memory\": 200}"), limits);
        assertThat(updated.more().orElseThrow().memory().limit()).hasValue(200);
        assertThat(updated.more().orElseThrow().memory().reservation()).hasValue(50);
        assertThat(updated.more().orElseThrow().processor().shares()).hasValue(2);
        assertThatThrownBy(() -> host("{'MemorySwap': 3, 'Memory': 4}")).hasMessageContaining("memoryswap");
    }

    @Test
    void theImagesHealthCheckIsUsedWhereTheRequestHasNone() {
        ImageHealth image = new ImageHealth(
                List.of("CMD-SHELL", "probe"), Duration.ofSeconds(7), Duration.ZERO, Duration.ZERO, Duration.ZERO, 9);
        assertThat(read(PLAIN, Optional.of(image)).healthCheck().orElseThrow())
                .returns(List.of("/bin/sh", "-c", "probe"), HealthCheck::test)
                .returns(Duration.ofSeconds(7), HealthCheck::interval)
                .returns(Duration.ofSeconds(30), HealthCheck::timeout)
                .returns(9, HealthCheck::retries);
        String changed = "{\"Image\": \"a\", \"Healthcheck\": {\"Retries\": 2}}";
        assertThat(read(changed, Optional.of(image)).healthCheck().orElseThrow())
                .returns(2, HealthCheck::retries)
                .returns(Duration.ofSeconds(7), HealthCheck::interval);
        String own = "{\"Image\": \"a\", \"Healthcheck\": {\"Test\": [\"CMD\", \"mine\"]}}";
        assertThat(read(own, Optional.of(image)).healthCheck().orElseThrow())
                .returns(List.of("mine"), HealthCheck::test)
                .returns(Duration.ofSeconds(30), HealthCheck::interval);
        String none = "{\"Image\": \"a\", \"Healthcheck\": {\"Test\": [\"NONE\"]}}";
        assertThat(read(none, Optional.of(image)).healthCheck()).isEmpty();
    }

    @Test
    void idsAreItsOwnUnlessTheMachinesAreAskedFor() {
        assertThat(read(PLAIN).userRange()).contains("");
        assertThat(read("{\"Image\": \"a\", \"Labels\": {\"com.docker.compose.project\": \"shop\"}}")
                        .userRange())
                .contains("shop");
        assertThat(host("{'UsernsMode': 'host'}").userRange()).isEmpty();
        assertThatThrownBy(() -> host("{'UsernsMode': 'private'}"))
                .hasMessage("invalid user namespace mode: 'private': expected host, or none");
    }

    @Test
    void onTheHostsNetworkTheHostNameIsTheHosts() {
        assertThat(host("{'NetworkMode': 'host'}").hostname()).contains("machine");
        assertThat(host("{'NetworkMode': 'none'}").hostname()).isEmpty();
        assertThat(read("{\"Image\": \"a\", \"Hostname\": \"b\", \"HostConfig\": {\"NetworkMode\": \"host\"}}")
                        .hostname())
                .contains("b");
    }

    @Test
    void anUpdateKeepsWhatItDoesNotName() {
        Resources before = new Resources(OptionalLong.of(100), OptionalDouble.of(2), OptionalLong.of(9));
        assertThat(ResourceReader.update(Json.MAPPER.readTree("{\"NanoCpus\": 500000000}"), before))
                .isEqualTo(new Resources(OptionalLong.of(100), OptionalDouble.of(0.5), OptionalLong.of(9)));
        assertThat(ResourceReader.update(Json.MAPPER.readTree("{\"PidsLimit\": -1, \"Memory\": 7}"), before))
                .isEqualTo(new Resources(OptionalLong.of(7), OptionalDouble.of(2), OptionalLong.empty()));
    }

    @Test
    void whatDockerAlwaysSendsAsksForNothingSpecial() {
        ContainerRequest request = read(PLAIN);
        assertThat(request.name()).contains("shop");
        assertThat(request.image()).isEqualTo("debian");
        assertThat(request.command()).contains(List.of("echo", "hi"));
        assertThat(request.entrypoint()).isEmpty();
        assertThat(request.autoRemove()).isTrue();
        assertThat(request.networkMode()).isEqualTo(NetworkMode.NETWORKS);
        assertThat(request.networks()).containsExactly(new NetworkAttachment("bridge", Set.of()));
        assertThat(request.resources()).isEqualTo(Resources.UNLIMITED);
        assertThat(request.restart()).isEqualTo(RestartPolicy.NO);
        assertThat(request.mounts()).isEmpty();
        assertThat(request.stopGrace()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'IpcMode': 'none'} | HostConfig.IpcMode",
                "{'UTSMode': 'other'} | HostConfig.UTSMode",
                "{'CgroupParent': '/a'} | HostConfig.CgroupParent",
                "{'StorageOpt': {'size': '1G'}} | HostConfig.StorageOpt",
                "{'SecurityOpt': ['apparmor=mine']} | HostConfig.SecurityOpt",
                "{'SecurityOpt': ['label=type:mine']} | HostConfig.SecurityOpt",
                "{'LogConfig': {'Type': 'syslog'}} | HostConfig.LogConfig",
                "{'NetworkMode': 'container:other'} | NetworkMode container:other",
                "{'Binds': ['/tmp:/a:rshared']} | option rshared",
                "{'Mounts': [{'Type': 'npipe', 'Target': '/a'}]} | mount type \"npipe\"",
                "{'Mounts': [{'Type': 'volume', 'Target': '/a', 'VolumeOptions': {'NoCopy': true}}]} | VolumeOptions",
                "{'PortBindings': {'80/sctp': [{}]}} | protocol of port 80/sctp",
                "{'PortBindings': {'80/tcp': [{'HostIp': '::1'}]}} | host address ::1",
            })
    void whatIsNotHonouredIsRefusedByName(String host, String words) {
        assertThatThrownBy(() -> host(host))
                .isInstanceOfSatisfying(
                        BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED))
                .hasMessageContaining(words);
    }

    @Test
    void limitsAreReadInTheirUnits() {
        assertThat(host("{'Memory': 1048576, 'MemorySwap': 1048576, 'NanoCpus': 1500000000, 'PidsLimit': 50}")
                        .resources())
                .isEqualTo(new Resources(OptionalLong.of(1_048_576), OptionalDouble.of(1.5), OptionalLong.of(50)));
        assertThat(host("{'CpuQuota': 50000}").resources().cpus()).hasValue(0.5);
        assertThat(host("{'PidsLimit': -1}").resources().pids()).isEmpty();
    }

    @Test
    void portsListenOnLoopbackUnlessAnAddressIsGiven() {
        var ports =
                host("{'PortBindings': {'8000/tcp': [{'HostIp': '', 'HostPort': '80'}, {'HostIp': '0.0.0.0', 'HostPort': ''}]}}")
                        .ports();
        assertThat(ports.get(0).address().getHostAddress()).isEqualTo("127.0.0.1");
        assertThat(ports.get(0).hostPort()).isEqualTo(80);
        assertThat(ports.get(0).containerPort()).isEqualTo(8000);
        assertThat(ports.get(1).address().getHostAddress()).isEqualTo("0.0.0.0");
        assertThat(ports.get(1).hostPort()).isZero();
        assertThat(host("{'PublishAllPorts': true}").ports())
                .singleElement()
                .satisfies(port -> assertThat(port.containerPort()).isEqualTo(80));
    }

    @Test
    void mountsComeFromFourPlaces() {
        ContainerRequest request = read("""
                {"Image": "a", "Volumes": {"/anonymous": {}, "/named": {}},
                 "HostConfig": {"Binds": ["data:/named", "/tmp:/host:ro,z"], "Tmpfs": {"/fast": "size=1m"},
                  "Mounts": [{"Type": "tmpfs", "Target": "/more", "TmpfsOptions": {"SizeBytes": 7, "Mode": 448}}]}}
                """);
        assertThat(request.mounts())
                .containsExactly(
                        new Mount.Volume("data", "/named", false),
                        new Mount.Bind(java.nio.file.Path.of("/tmp"), "/host", true),
                        new Mount.Memory("/more", "size=7,mode=700"),
                        new Mount.Memory("/fast", "size=1m"),
                        new Mount.Volume("", "/anonymous", false));
    }

    @Test
    void healthChecksAndRestartsAreRead() {
        ContainerRequest request = read("""
                {"Image": "a", "Entrypoint": [""], "StopSignal": "SIGINT", "StopTimeout": 3,
                 "Healthcheck": {"Test": ["CMD-SHELL", "curl -f localhost"], "Interval": 1000000000},
                 "HostConfig": {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3}}}
                """);
        assertThat(request.entrypoint()).contains(List.of());
        assertThat(request.stopGrace()).contains(Duration.ofSeconds(3));
        assertThat(request.restart()).isEqualTo(new RestartPolicy(RestartPolicy.Kind.ON_FAILURE, 3));
        assertThat(request.healthCheck()).hasValueSatisfying(check -> {
            assertThat(check.test()).containsExactly("/bin/sh", "-c", "curl -f localhost");
            assertThat(check.interval()).isEqualTo(Duration.ofSeconds(1));
            assertThat(check.retries()).isEqualTo(3);
        });
        assertThat(read("{\"Image\": \"a\", \"Healthcheck\": {\"Test\": [\"NONE\"]}}")
                        .healthCheck())
                .isEmpty();
    }

    @Test
    void networksAndAliasesAreRead() {
        ContainerRequest request = read("""
                {"Image": "a", "HostConfig": {"NetworkMode": "front"},
                 "NetworkingConfig": {"EndpointsConfig": {"front": {"Aliases": ["www"]}, "back": {}}}}
                """);
        assertThat(request.networks())
                .containsExactly(
                        new NetworkAttachment("front", Set.of("www")), new NetworkAttachment("back", Set.of()));
        assertThat(host("{'NetworkMode': 'none'}").networkMode()).isEqualTo(NetworkMode.NONE);
        assertThat(host("{'NetworkMode': 'host'}").networkMode()).isEqualTo(NetworkMode.HOST);
    }

    @Test
    void nonsenseIsInvalid() {
        assertThatThrownBy(() -> read("{}")).hasMessage("Image must name an image");
        assertThatThrownBy(() -> read("{\"Image\": \"a\", \"StopSignal\": \"SIGNOPE\"}"))
                .hasMessage("invalid signal: SIGNOPE");
        assertThatThrownBy(() -> host("{'Binds': ['a']}")).hasMessageContaining("invalid bind \"a\"");
        assertThatThrownBy(() -> host("{'RestartPolicy': {'Name': 'sometimes'}}"))
                .hasMessageContaining("sometimes");
    }
}

package org.berth.compose;

import java.util.Arrays;
import java.util.List;

/**
 * The keys of each place of a Compose file: those Berth has, and those compose-spec has besides. To
 * add a key: move it to the first list here, read it in the place's reader, put it in the model.
 */
enum Keys {
    PROJECT("name services networks volumes secrets", "version include models configs"),
    SERVICE(
            "build image command entrypoint environment env_file ports volumes depends_on healthcheck restart deploy"
                    + " scale mem_limit cpus pids_limit user working_dir hostname labels networks secrets stop_signal"
                    + " stop_grace_period init userns_mode profiles runtime blkio_config cap_add cap_drop cgroup"
                    + " cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpuset device_cgroup_rules"
                    + " devices domainname group_add ipc mem_reservation mem_swappiness memswap_limit"
                    + " oom_kill_disable oom_score_adj pid privileged read_only security_opt shm_size sysctls"
                    + " tmpfs ulimits uts",
            "annotations attach configs container_name cpu_count cpu_percent cgroup_parent"
                    + " credential_spec develop dns dns_opt dns_search expose extends external_links extra_hosts"
                    + " gpus isolation label_file links logging mac_address models network_mode platform"
                    + " post_start pre_stop provider pull_policy pull_refresh_after stdin_open storage_opt tty"
                    + " use_api_socket volumes_from"),
    BUILD(
            "context dockerfile args target",
            "additional_contexts cache_from cache_to dockerfile_inline entitlements extra_hosts isolation labels"
                    + " network no_cache no_cache_filter platforms privileged provenance pull sbom secrets shm_size"
                    + " ssh tags ulimits"),
    DEPLOY("replicas resources update_config", "mode endpoint_mode labels rollback_config restart_policy placement"),
    RESOURCES("limits", "reservations"),
    LIMITS("cpus memory pids", "devices generic_resources"),
    UPDATE("parallelism delay order failure_action", "monitor max_failure_ratio"),
    HEALTH_CHECK("test interval timeout retries start_period start_interval disable", ""),
    DEPENDENCY("condition required", "restart"),
    ENVIRONMENT_FILE("path required", "format"),
    PORT("target published host_ip protocol", "name mode app_protocol"),
    MOUNT("type source target read_only bind tmpfs", "volume image cluster consistency"),
    MEMORY("size mode", ""),
    DEVICE("source target permissions", ""),
    ULIMIT("soft hard", ""),
    DISKS("weight weight_device device_read_bps device_read_iops device_write_bps device_write_iops", ""),
    DISK_WEIGHT("path weight", ""),
    DISK_RATE("path rate", ""),
    BIND("create_host_path", "propagation selinux recursive"),
    NETWORK_USE(
            "aliases",
            "ipv4_address ipv6_address link_local_ips mac_address driver_opts priority gw_priority interface_name"),
    SECRET_USE("source target uid gid mode", ""),
    NETWORK("name internal external ipam labels driver", "driver_opts attachable enable_ipv4 enable_ipv6"),
    ADDRESSES("config", "driver options"),
    ADDRESS_POOL("subnet", "ip_range gateway aux_addresses"),
    VOLUME("name external labels driver", "driver_opts"),
    SECRET("file", "environment external name labels driver driver_opts template_driver");

    private final List<String> supported;
    private final List<String> known;

    Keys(String supported, String known) {
        this.supported = words(supported);
        this.known = words(known);
    }

    /** The keys that may stand here. */
    List<String> supported() {
        return supported;
    }

    /** The keys that compose-spec has here and Berth has not. */
    List<String> known() {
        return known;
    }

    private static List<String> words(String words) {
        return Arrays.stream(words.split(" ")).filter(word -> !word.isEmpty()).toList();
    }
}

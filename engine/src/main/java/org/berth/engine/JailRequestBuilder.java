package org.berth.engine;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.berth.engine.JailRequest.Device;
import org.berth.engine.JailRequest.DiskLimit;
import org.berth.runtime.Isolation.Kind;
import org.berth.runtime.ProcessSpec.Limit;

/** A {@link JailRequest} being described, a component at a time; each is explained there. */
public final class JailRequestBuilder {
    private boolean privileged;
    private List<String> addedCapabilities = List.of();
    private List<String> droppedCapabilities = List.of();
    private boolean gainsPrivileges;
    private List<String> groups = List.of();
    private List<Device> devices = List.of();
    private List<String> deviceRules = List.of();
    private List<Limit> limits = List.of();
    private SortedMap<String, String> settings = new TreeMap<>();
    private Set<Kind> shared = Set.of();
    private Optional<String> processesOf = Optional.empty();
    private Optional<String> ipcOf = Optional.empty();
    private boolean sharesIpc;
    private OptionalInt outOfMemoryScore = OptionalInt.empty();
    private OptionalLong sharedMemoryBytes = OptionalLong.empty();
    private Optional<String> domainName = Optional.empty();
    private Optional<List<String>> maskedPaths = Optional.empty();
    private Optional<List<String>> readOnlyPaths = Optional.empty();
    private List<DiskLimit> diskLimits = List.of();

    JailRequestBuilder() {}

    public JailRequestBuilder privileged(boolean value) {
        privileged = value;
        return this;
    }

    public JailRequestBuilder addedCapabilities(List<String> value) {
        addedCapabilities = value;
        return this;
    }

    public JailRequestBuilder droppedCapabilities(List<String> value) {
        droppedCapabilities = value;
        return this;
    }

    public JailRequestBuilder gainsPrivileges(boolean value) {
        gainsPrivileges = value;
        return this;
    }

    public JailRequestBuilder groups(List<String> value) {
        groups = value;
        return this;
    }

    public JailRequestBuilder devices(List<Device> value) {
        devices = value;
        return this;
    }

    public JailRequestBuilder deviceRules(List<String> value) {
        deviceRules = value;
        return this;
    }

    public JailRequestBuilder limits(List<Limit> value) {
        limits = value;
        return this;
    }

    public JailRequestBuilder settings(Map<String, String> value) {
        settings = new TreeMap<>(value);
        return this;
    }

    public JailRequestBuilder shared(Set<Kind> value) {
        shared = value;
        return this;
    }

    public JailRequestBuilder processesOf(Optional<String> value) {
        processesOf = value;
        return this;
    }

    public JailRequestBuilder ipcOf(Optional<String> value) {
        ipcOf = value;
        return this;
    }

    public JailRequestBuilder sharesIpc(boolean value) {
        sharesIpc = value;
        return this;
    }

    public JailRequestBuilder outOfMemoryScore(OptionalInt value) {
        outOfMemoryScore = value;
        return this;
    }

    public JailRequestBuilder sharedMemoryBytes(OptionalLong value) {
        sharedMemoryBytes = value;
        return this;
    }

    public JailRequestBuilder domainName(Optional<String> value) {
        domainName = value;
        return this;
    }

    public JailRequestBuilder maskedPaths(Optional<List<String>> value) {
        maskedPaths = value;
        return this;
    }

    public JailRequestBuilder readOnlyPaths(Optional<List<String>> value) {
        readOnlyPaths = value;
        return this;
    }

    public JailRequestBuilder diskLimits(List<DiskLimit> value) {
        diskLimits = value;
        return this;
    }

    public JailRequest build() {
        return new JailRequest(
                privileged,
                addedCapabilities,
                droppedCapabilities,
                gainsPrivileges,
                groups,
                devices,
                deviceRules,
                limits,
                settings,
                shared,
                processesOf,
                ipcOf,
                sharesIpc,
                outOfMemoryScore,
                sharedMemoryBytes,
                domainName,
                maskedPaths,
                readOnlyPaths,
                diskLimits);
    }
}

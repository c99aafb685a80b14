package org.berth.linux.cgroup;

import java.util.List;
import java.util.OptionalLong;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** Which file of a group gets which text, in which order. Pure: reads nothing, writes nothing. */
final class ResourcePlan {
    private ResourcePlan() {}

    /**
     * The writes.
     *
     * @param creating whether devices are set even when none are named
     * @throws BerthException INVALID or UNSUPPORTED for what can't be had, by its name
     */
    static List<ResourceStep> of(GroupFolders folders, GroupResources resources, boolean creating) {
        checkPaths(resources);
        return folders.onlyUnified()
                ? UnifiedResources.plan(folders, resources)
                : LegacyResources.plan(folders, resources, creating);
    }

    /** In OCI's tools 0 means "as it is" where 0 itself makes no sense. */
    static OptionalLong given(OptionalLong value) {
        return value.isPresent() && value.getAsLong() != 0 ? value : OptionalLong.empty();
    }

    private static void checkPaths(GroupResources resources) {
        resources.hugePages().forEach(limit -> {
            if (!limit.pageSize().matches("[1-9][0-9]{0,5}[KMG]B")) {
                throw new BerthException(
                        ErrorCode.INVALID, "huge page size '" + limit.pageSize() + "': expected one like 2MB");
            }
        });
        for (String name : resources.rdma().keySet()) {
            singleWord("rdma device", name);
        }
        for (String name : resources.network().priorities().keySet()) {
            singleWord("network interface", name);
        }
    }

    private static void singleWord(String what, String name) {
        if (!name.matches("[^\\s/]{1,64}")) {
            throw new BerthException(ErrorCode.INVALID, what + " '" + name + "': expected a name without spaces");
        }
    }
}

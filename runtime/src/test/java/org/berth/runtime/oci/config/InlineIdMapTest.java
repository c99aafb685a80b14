package org.berth.runtime.oci.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.berth.base.BerthException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InlineIdMapTest {
    @Test
    void anOptionNamesItsIds() {
        Mount mount = mount("idmap=uids=0-1000-10#10-2000-5;gids=1-2-3", "");
        assertThat(mount.uidMappings()).containsExactly(new IdMapping(0, 1000, 10), new IdMapping(10, 2000, 5));
        assertThat(mount.gidMappings()).containsExactly(new IdMapping(1, 2, 3));
        assertThat(mount.options().idMap()).contains(MountOptions.IdMap.MOUNT);
        assertThat(mount.options().data()).isEmpty();
        assertThat(mount("ridmap=uids=0-1-1;gids=0-1-1", "").options().idMap()).contains(MountOptions.IdMap.RECURSIVE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "idmap=",
                "idmap=uids=0-1-1",
                "idmap=uids=0-1-1;gids=",
                "idmap=uids=0-1;gids=0-1-1",
                "idmap=uids=@0-1-1;gids=0-1-1",
                "idmap=uids=0-1-0;gids=0-1-1",
                "idmap=uids=4294967295-1-1;gids=0-1-1",
                "idmap=users=0-1-1;gids=0-1-1",
                "idmap=uids=0-99999999999-1;gids=0-1-1"
            })
    void whatIsNoSuchListIsRefused(String option) {
        assertThatThrownBy(() -> mount(option, ""))
                .isInstanceOf(BerthException.class)
                .hasMessageStartingWith("mounts[0].options: expected idmap=uids=")
                .hasMessageContaining(option);
    }

    @Test
    void twoListsContradictEachOther() {
        String members = ", \"uidMappings\": [{\"size\": 1}], \"gidMappings\": [{\"size\": 1}]";
        assertThatThrownBy(() -> mount("idmap=uids=0-1-1;gids=0-1-1", members))
                .hasMessage("mounts[0].options: expected idmap without ids, or no uidMappings and gidMappings");
    }

    private static Mount mount(String option, String members) {
        String mount = "{\"destination\": \"/a\", \"type\": \"bind\", \"source\": \"/b\", \"options\": [\"" + option
                + "\"]" + members + "}";
        List<Mount> mounts = OciConfig.parse("{\"ociVersion\": \"1.2.1\", \"mounts\": [" + mount + "]}")
                .mounts();
        return mounts.getFirst();
    }
}

package org.berth.linux.path;

import java.util.List;
import org.berth.base.BerthException;
import org.berth.fuzz.Texts;

/** Input: passwd, NUL, group, NUL, the text of a user. */
public final class UsersFuzz {
    private UsersFuzz() {}

    /** A text is refused in our own words, or gives ids that are ids; digits are never another's. */
    public static void fuzzerTestOneInput(byte[] input) {
        List<String> texts = Texts.split(input, 3);
        String text = texts.get(2);
        try {
            Users.Identity identity = Users.parse(texts.get(0), texts.get(1)).resolve(text);
            check(identity.uid());
            check(identity.gid());
            identity.groups().forEach(UsersFuzz::check);
            if (text.matches("[0-9]+(:.*)?") && identity.uid() != Long.parseLong(text.replaceFirst(":.*", ""))) {
                throw new IllegalStateException(text + " became user " + identity.uid());
            }
            if (!identity.home().startsWith("/")) {
                throw new IllegalStateException("home is " + identity.home());
            }
        } catch (BerthException e) {
            // refused
        }
    }

    private static void check(long id) {
        if (id < 0 || id > Users.ID_MAX) {
            throw new IllegalStateException("id " + id);
        }
    }
}

package org.berth.linux.dbus;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A typed value of a message. */
public sealed interface Value {
    /** Its type's signature: "s", "a(sv)". */
    String signature();

    /** BYTE. */
    record Octet(int value) implements Value {
        @Override
        public String signature() {
            return "y";
        }
    }

    /** BOOLEAN. */
    record Flag(boolean value) implements Value {
        @Override
        public String signature() {
            return "b";
        }
    }

    /** UINT32. */
    record Word(long value) implements Value {
        @Override
        public String signature() {
            return "u";
        }
    }

    /** UINT64, as the bits of a long. */
    record Number(long value) implements Value {
        @Override
        public String signature() {
            return "t";
        }
    }

    /** STRING. */
    record Text(String value) implements Value {
        @Override
        public String signature() {
            return "s";
        }
    }

    /** OBJECT_PATH: "/org/freedesktop/systemd1". */
    record ObjectPath(String value) implements Value {
        @Override
        public String signature() {
            return "o";
        }
    }

    /** SIGNATURE. */
    record Signature(String value) implements Value {
        @Override
        public String signature() {
            return "g";
        }
    }

    /** ARRAY. @param element the signature of each of the items */
    record Sequence(String element, List<Value> items) implements Value {
        public Sequence {
            items = List.copyOf(items);
        }

        @Override
        public String signature() {
            return "a" + element;
        }

        /** An array of bytes. */
        public static Sequence octets(byte[] bytes) {
            List<Value> items = new ArrayList<>();
            for (byte each : bytes) {
                items.add(new Octet(Byte.toUnsignedInt(each)));
            }
            return new Sequence("y", items);
        }
    }

    /** STRUCT. */
    record Structure(List<Value> members) implements Value {
        public Structure {
            members = List.copyOf(members);
        }

        @Override
        public String signature() {
            return members.stream().map(Value::signature).collect(Collectors.joining("", "(", ")"));
        }
    }

    /** VARIANT: a value that brings its type along. */
    record Variant(Value value) implements Value {
        @Override
        public String signature() {
            return "v";
        }
    }
}

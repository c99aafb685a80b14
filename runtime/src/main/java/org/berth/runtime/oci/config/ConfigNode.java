package org.berth.runtime.oci.config;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import tools.jackson.databind.JsonNode;

/**
 * A value of the configuration with its path, so that every error names the place, what was expected
 * and what was found. A null is as good as a missing member.
 */
record ConfigNode(JsonNode value, String path) {
    private static final BigInteger UNSIGNED_END = BigInteger.ONE.shiftLeft(Long.SIZE);
    private static final int SHOWN_MAX = 60;

    /** A member that may be missing. */
    Optional<ConfigNode> member(String name) {
        expectObject();
        JsonNode member = value.get(name);
        return member == null || member.isNull()
                ? Optional.empty()
                : Optional.of(new ConfigNode(member, path.isEmpty() ? name : path + "." + name));
    }

    /** A member that must be there. */
    ConfigNode required(String name) {
        return member(name)
                .orElseThrow(() -> error(path.isEmpty() ? name : path + "." + name, "expected a value, found nothing"));
    }

    /** What {@code read} makes of a member. */
    <T> Optional<T> member(String name, Function<ConfigNode, T> read) {
        return member(name).map(read);
    }

    /** What {@code read} makes of each element of a list; empty when it is missing. */
    <T> List<T> list(String name, Function<ConfigNode, T> read) {
        return member(name).map(node -> node.elements(read)).orElse(List.of());
    }

    /** What {@code read} makes of each member of an object, in the text's order. */
    <T> Map<String, T> map(String name, Function<ConfigNode, T> read) {
        Map<String, T> map = new LinkedHashMap<>();
        member(name).ifPresent(node -> {
            node.expectObject();
            node.value
                    .properties()
                    .forEach(entry -> map.put(
                            entry.getKey(),
                            read.apply(new ConfigNode(entry.getValue(), node.path + "." + entry.getKey()))));
        });
        return map;
    }

    List<String> texts(String name) {
        return list(name, ConfigNode::text);
    }

    boolean flag(String name) {
        return member(name).map(ConfigNode::flag).orElse(false);
    }

    private <T> List<T> elements(Function<ConfigNode, T> read) {
        if (!value.isArray()) {
            throw expected("a list");
        }
        List<T> elements = new ArrayList<>();
        for (int i = 0; i < value.size(); i++) {
            elements.add(read.apply(new ConfigNode(value.get(i), path + "[" + i + "]")));
        }
        return elements;
    }

    /** Text without a NUL: all of it ends in system calls. */
    String text() {
        if (!value.isString()) {
            throw expected("a text");
        }
        String text = value.stringValue();
        if (text.indexOf('\0') >= 0) {
            throw error(path, "expected a text, found one with a NUL in it");
        }
        return text;
    }

    boolean flag() {
        if (!value.isBoolean()) {
            throw expected("true or false");
        }
        return value.booleanValue();
    }

    /** A whole number of these bounds. */
    long number(long least, long most) {
        BigInteger number = whole();
        if (number.compareTo(BigInteger.valueOf(least)) < 0 || number.compareTo(BigInteger.valueOf(most)) > 0) {
            throw expected("a number from " + least + " to " + most);
        }
        return number.longValue();
    }

    long number() {
        return number(Long.MIN_VALUE, Long.MAX_VALUE);
    }

    /** An unsigned 32-bit number. */
    long word() {
        return number(0, 0xffff_ffffL);
    }

    int integer() {
        return (int) number(Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    /** An unsigned 64-bit number, as the bits of a long. */
    long unsigned() {
        BigInteger number = whole();
        if (number.signum() < 0 || number.compareTo(UNSIGNED_END) >= 0) {
            throw expected("a number from 0 to 18446744073709551615");
        }
        return number.longValue();
    }

    private BigInteger whole() {
        if (!value.isIntegralNumber()) {
            throw expected("a whole number");
        }
        return value.bigIntegerValue();
    }

    /** The constant that {@code name} calls like the text. */
    <E extends Enum<E>> E oneOf(E[] constants, Function<E, String> name) {
        String text = text();
        List<String> names = new ArrayList<>();
        for (E constant : constants) {
            if (name.apply(constant).equals(text)) {
                return constant;
            }
            names.add(name.apply(constant));
        }
        throw expected("one of " + String.join(", ", names));
    }

    /** The constant of this very name. */
    <E extends Enum<E>> E oneOf(E[] constants) {
        return oneOf(constants, Enum::name);
    }

    /** As {@link #oneOf(Enum[])}, with the configuration's lower case. */
    <E extends Enum<E>> E lowerCase(E[] constants) {
        return oneOf(constants, constant -> constant.name().toLowerCase(Locale.ROOT));
    }

    private void expectObject() {
        if (!value.isObject()) {
            throw expected("an object");
        }
    }

    /** The error that something else stands here. */
    BerthException expected(String what) {
        String found = value.toString();
        return error(
                path,
                "expected " + what + ", found "
                        + (found.isEmpty()
                                ? "nothing"
                                : found.length() > SHOWN_MAX ? found.substring(0, SHOWN_MAX) + "..." : found));
    }

    static BerthException error(String path, String message) {
        return new BerthException(ErrorCode.INVALID, path.isEmpty() ? message : path + ": " + message);
    }
}

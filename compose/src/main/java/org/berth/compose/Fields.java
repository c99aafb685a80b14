package org.berth.compose;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.berth.compose.text.Quantities;
import org.berth.compose.text.TextException;
import org.berth.compose.yaml.Position;
import org.berth.compose.yaml.YamlValue;

/**
 * One mapping of the file, read key by key. A key with no value is as one that is not there. What is
 * not of its form is reported, and read as absent.
 *
 * @param where what the mapping is, for messages: "service 'web'"
 */
record Fields(Context context, String where, YamlValue.Mapping mapping) {

    /** The mapping, when it is one; its keys are checked. */
    static Optional<Fields> of(Context context, String where, YamlValue value, Keys keys) {
        if (!(value instanceof YamlValue.Mapping mapping)) {
            context.expected(where, "a mapping", value);
            return Optional.empty();
        }
        context.checkKeys(mapping, keys, where);
        return Optional.of(new Fields(context, where, mapping));
    }

    Optional<YamlValue> value(String key) {
        return Optional.ofNullable(mapping.entries().get(key))
                .map(YamlValue.Entry::value)
                .filter(value -> !(value instanceof YamlValue.Null));
    }

    /** Where the key stands, or the mapping when it is not there. */
    Position position(String key) {
        YamlValue.Entry entry = mapping.entries().get(key);
        return entry == null ? mapping.position() : entry.position();
    }

    /** Where the key's value stands. */
    Position valuePosition(String key) {
        return value(key).map(YamlValue::position).orElseGet(() -> position(key));
    }

    /** Words for a key of this mapping. */
    String name(String key) {
        return "'" + key + "' of " + where;
    }

    Optional<Fields> fields(String key, Keys keys) {
        return value(key).flatMap(value -> of(context, name(key), value, keys));
    }

    Optional<String> text(String key) {
        return value(key).flatMap(value -> context.text(name(key), value));
    }

    boolean flag(String key, boolean otherwise) {
        return text(key)
                .flatMap(text -> switch (text) {
                    case "true", "yes", "on", "y" -> Optional.of(true);
                    case "false", "no", "off", "n" -> Optional.of(false);
                    default -> {
                        context.problems()
                                .report(valuePosition(key), name(key) + " must be true or false, not '" + text + "'");
                        yield Optional.<Boolean>empty();
                    }
                })
                .orElse(otherwise);
    }

    OptionalLong whole(String key, long least, long most) {
        Optional<Long> number = text(key)
                .flatMap(text -> context.attempt(valuePosition(key), () -> {
                    try {
                        long value = Long.parseLong(text);
                        if (value >= least && value <= most) {
                            return value;
                        }
                    } catch (NumberFormatException e) {
                        // falls through to the one message
                    }
                    String range = most >= Integer.MAX_VALUE
                            ? "a whole number, " + least + " or more"
                            : "a whole number from " + least + " to " + most;
                    throw new TextException(name(key) + " must be " + range + ", not '" + text + "'");
                }));
        return number.map(OptionalLong::of).orElseGet(OptionalLong::empty);
    }

    /** A number above zero. */
    Optional<Double> positive(String key) {
        return text(key)
                .flatMap(text -> context.attempt(valuePosition(key), () -> {
                    try {
                        double value = new BigDecimal(text).doubleValue();
                        if (value > 0 && value < 1_000_000) {
                            return value;
                        }
                    } catch (NumberFormatException e) {
                        // falls through to the one message
                    }
                    throw new TextException(name(key) + " must be a number above 0, not '" + text + "'");
                }));
    }

    Optional<Duration> duration(String key) {
        return text(key)
                .flatMap(text -> context.attempt(valuePosition(key), () -> {
                    try {
                        return Quantities.duration(text);
                    } catch (TextException e) {
                        throw new TextException(name(key) + ": " + e.problem());
                    }
                }));
    }

    OptionalLong bytes(String key) {
        return text(key)
                .flatMap(text -> context.attempt(valuePosition(key), () -> {
                    try {
                        return Quantities.bytes(text);
                    } catch (TextException e) {
                        throw new TextException(name(key) + ": " + e.problem());
                    }
                }))
                .map(OptionalLong::of)
                .orElseGet(OptionalLong::empty);
    }

    /** The items of a list; a problem when it is none. */
    List<YamlValue> items(String key) {
        return value(key)
                .map(value -> {
                    if (value instanceof YamlValue.Sequence sequence) {
                        return sequence.items();
                    }
                    context.expected(name(key), "a list", value);
                    return List.<YamlValue>of();
                })
                .orElse(List.of());
    }

    /** A list of texts. */
    List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        for (YamlValue item : items(key)) {
            context.text("an item of " + name(key), item).ifPresent(texts::add);
        }
        return texts;
    }
}

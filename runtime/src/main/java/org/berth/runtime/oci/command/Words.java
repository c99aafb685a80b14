package org.berth.runtime.oci.command;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * The words of one command, read: its options and what is left. The forms are those that users of runc
 * (Go's flags) and of crun (getopt) write: {@code -b X}, {@code -bX}, {@code -b=X}, {@code --bundle X},
 * {@code --bundle=X}, {@code -bundle X}, letters together; {@code --} ends the options.
 */
final class Words {
    private final Map<String, List<String>> options = new HashMap<>();
    private final List<String> rest = new ArrayList<>();

    private Words() {}

    /**
     * Reads words.
     *
     * @param command names it in errors
     * @param mixed whether options may follow other words; else the first of those ends the options
     * @throws BerthException INVALID for an option that is not known or lacks its value
     */
    static Words read(String command, List<Option> known, List<String> words, boolean mixed) {
        Words read = new Words();
        int at = 0;
        while (at < words.size()) {
            String word = words.get(at);
            if (word.equals("--")) {
                read.rest.addAll(words.subList(at + 1, words.size()));
                break;
            }
            if (word.length() < 2 || word.charAt(0) != '-') {
                read.rest.add(word);
                at++;
                if (!mixed) {
                    read.rest.addAll(words.subList(at, words.size()));
                    break;
                }
                continue;
            }
            at = word.startsWith("--") || isLong(known, word)
                    ? read.longOption(command, known, words, at)
                    : read.letters(command, known, words, at);
        }
        return read;
    }

    /** Go's flags take a long name after a single dash too. */
    private static boolean isLong(List<Option> known, String word) {
        String name = name(word);
        return name.length() > 1
                && known.stream().anyMatch(option -> option.name().equals(name));
    }

    private static String name(String word) {
        int start = word.startsWith("--") ? 2 : 1;
        int equals = word.indexOf('=');
        return equals < 0 ? word.substring(start) : word.substring(start, equals);
    }

    private int longOption(String command, List<Option> known, List<String> words, int at) {
        String word = words.get(at);
        String name = name(word);
        Option option = known.stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow(() -> unknown(command, word));
        int equals = word.indexOf('=');
        if (equals >= 0) {
            add(option, word.substring(equals + 1));
            return at + 1;
        }
        if (!option.value()) {
            add(option, "true");
            return at + 1;
        }
        add(option, next(command, words, at, word));
        return at + 2;
    }

    private int letters(String command, List<Option> known, List<String> words, int at) {
        String word = words.get(at);
        for (int i = 1; i < word.length(); i++) {
            char letter = word.charAt(i);
            Option option = known.stream()
                    .filter(one -> one.letter() == letter)
                    .findFirst()
                    .orElseThrow(() -> unknown(command, word));
            if (!option.value()) {
                add(option, "true");
                continue;
            }
            String value = word.substring(i + 1);
            if (value.isEmpty()) {
                add(option, next(command, words, at, word));
                return at + 2;
            }
            add(option, value.startsWith("=") ? value.substring(1) : value);
            return at + 1;
        }
        return at + 1;
    }

    private static String next(String command, List<String> words, int at, String word) {
        if (at + 1 >= words.size()) {
            throw new BerthException(ErrorCode.INVALID, command + ": option " + word + " needs a value");
        }
        return words.get(at + 1);
    }

    private static BerthException unknown(String command, String word) {
        return new BerthException(ErrorCode.INVALID, command + ": there is no option " + word + "; see berth oci help");
    }

    private void add(Option option, String value) {
        options.computeIfAbsent(option.name(), name -> new ArrayList<>()).add(value);
    }

    /** The value given last. */
    Optional<String> value(String name) {
        List<String> values = options.get(name);
        return values == null ? Optional.empty() : Optional.of(values.getLast());
    }

    /** All values, in their order. */
    List<String> values(String name) {
        return options.getOrDefault(name, List.of());
    }

    /** Whether a flag is set. */
    boolean has(String name) {
        return value(name).filter(value -> !value.equals("false")).isPresent();
    }

    /** What is no option. */
    List<String> rest() {
        return rest;
    }

    /** The word at this place. @param what names it when it is missing: "container id" */
    String word(String command, int index, String what) {
        if (index >= rest.size()) {
            throw new BerthException(ErrorCode.INVALID, command + ": " + what + " is missing");
        }
        return rest.get(index);
    }

    /** A whole number. */
    Optional<Long> number(String name) {
        return value(name).map(text -> {
            try {
                return Long.decode(text);
            } catch (NumberFormatException e) {
                throw new BerthException(
                        ErrorCode.INVALID, "option --" + name + ": expected a number, found \"" + text + "\"", e);
            }
        });
    }
}

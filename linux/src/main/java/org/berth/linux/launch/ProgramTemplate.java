package org.berth.linux.launch;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * An encoded program with the places of some names in it: it can be had with other names of the same lengths, without
 * being planned and encoded again. Whoever uses it sees to it that the two programs differ in nothing else.
 */
public final class ProgramTemplate {
    private final byte[] executable;
    private final boolean sendable;
    private final int[] lengths;
    private final int[][] places;

    private ProgramTemplate(EncodedProgram encoded, int[] lengths, int[][] places) {
        this.executable = encoded.executable();
        this.sendable = encoded.sendable();
        this.lengths = lengths;
        this.places = places;
    }

    /** @param names of ASCII, long enough to stand for nothing else by chance */
    public static ProgramTemplate of(EncodedProgram encoded, List<String> names) {
        String bytes = new String(encoded.executable(), StandardCharsets.ISO_8859_1);
        return new ProgramTemplate(
                encoded,
                names.stream().mapToInt(String::length).toArray(),
                names.stream().map(name -> places(bytes, name)).toArray(int[][]::new));
    }

    private static int[] places(String bytes, String name) {
        List<Integer> found = new ArrayList<>();
        for (int at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1)) {
            found.add(at);
        }
        return found.stream().flatMapToInt(IntStream::of).toArray();
    }

    /**
     * The program with other names.
     *
     * @param names as many as it has, each as long as its own
     * @param program the same program, planned anew when somebody asks for a step of it
     */
    public EncodedProgram with(List<String> names, Supplier<LaunchProgram> program) {
        byte[] bytes = executable.clone();
        for (int i = 0; i < lengths.length; i++) {
            byte[] name = names.get(i).getBytes(StandardCharsets.US_ASCII);
            if (name.length != lengths[i]) {
                throw new IllegalArgumentException("the name " + names.get(i) + " has not " + lengths[i] + " letters");
            }
            for (int place : places[i]) {
                System.arraycopy(name, 0, bytes, place, name.length);
            }
        }
        return new EncodedProgram(bytes, sendable, program);
    }
}

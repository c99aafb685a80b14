package org.berth.linux.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.berth.linux.launch.Outcome.Jump;
import org.junit.jupiter.api.Test;

/** The executable's shape, byte by byte where the kernel or the interpreter reads it. */
class LaunchEncoderTest {
    private static final int FILE_OF_DATA = 0x240;
    private static final int FILE_OF_RECORDS = 0x280;

    @Test
    void theInterpreterHasItsLengthAndFitsBeforeTheData() {
        assertThat(Interpreter.code()).hasSize(234);
        assertThat(64 + 3 * 56 + 234).isLessThanOrEqualTo(FILE_OF_DATA);
    }

    @Test
    void headersAreThoseOfAStaticExecutable() {
        ByteBuffer file = encode(end(LaunchProgram.builder()));
        assertThat(file.getInt(0)).isEqualTo(0x464c457f);
        assertThat(file.getShort(16)).isEqualTo((short) 2);
        assertThat(file.getShort(18)).isEqualTo((short) 62);
        assertThat(file.getLong(24)).isEqualTo(0x4000e8L);
        assertThat(file.getShort(56)).isEqualTo((short) 3);
        assertThat(file.getLong(64 + 56 + 16)).isEqualTo(0x401240L);
    }

    @Test
    void aRecordHoldsCallFlagsOperandsAndResult() {
        LaunchBuilder builder = LaunchProgram.builder();
        Datum slot = builder.slot("slot");
        Mark mark = builder.mark("mark");
        builder.call("write", Call.WRITE, Operand.value(slot), builder.text("hi"), Operand.number(2))
                .into(slot)
                .tolerate(11)
                .jump(Jump.ON_TOLERATED, mark);
        builder.place(mark);
        ByteBuffer file = encode(end(builder));

        assertThat(file.getShort(FILE_OF_RECORDS)).isEqualTo((short) 1);
        assertThat(file.getShort(FILE_OF_RECORDS + 2)).isEqualTo((short) 11);
        assertThat(file.getShort(FILE_OF_RECORDS + 4)).isEqualTo((short) (1 << 8 | 1 << 5));
        assertThat(file.getShort(FILE_OF_RECORDS + 6)).isEqualTo((short) 1);
        assertThat(file.getLong(FILE_OF_RECORDS + 8)).isEqualTo(file.getLong(FILE_OF_RECORDS + 56));
        int text = (int) (file.getLong(FILE_OF_RECORDS + 16) - 0x401240 + FILE_OF_DATA);
        assertThat(new String(file.array(), text, 3, StandardCharsets.UTF_8)).isEqualTo("hi\0");
        assertThat(file.getLong(FILE_OF_RECORDS + 24)).isEqualTo(2);
    }

    @Test
    void theFailureProgramsIndexIsInTheHeader() {
        LaunchBuilder builder = LaunchProgram.builder();
        builder.call("one", Call.GETPID);
        builder.call("two", Call.GETPID);
        assertThat(encode(end(builder)).getInt(FILE_OF_DATA + 8)).isEqualTo(2);
    }

    @Test
    void buffersTakeNoRoomInTheFile() {
        LaunchBuilder small = LaunchProgram.builder();
        LaunchBuilder large = LaunchProgram.builder();
        large.space("buffer", 1 << 20);
        assertThat(encode(end(large)).limit()).isEqualTo(encode(end(small)).limit());
    }

    @Test
    void aStructureMayPointIntoAnother() {
        LaunchBuilder builder = LaunchProgram.builder();
        Datum target = builder.structure("target", new Datum.Word(1), new Datum.Word(2));
        Datum pointer = builder.structure("pointer", new Datum.Pointer(target.at(4)));
        builder.call("read", Call.READ, Operand.address(pointer), Operand.address(target));
        ByteBuffer file = encode(end(builder));
        int place = (int) (file.getLong(FILE_OF_RECORDS + 8) - 0x401240 + FILE_OF_DATA);
        assertThat(file.getLong(place)).isEqualTo(file.getLong(FILE_OF_RECORDS + 16) + 4);
    }

    @Test
    void aMarkThatIsNotPlacedIsRefused() {
        LaunchBuilder builder = LaunchProgram.builder();
        builder.mark("nowhere");
        assertThatThrownBy(() -> end(builder)).hasMessageContaining("nowhere");
    }

    @Test
    void sevenOperandsAreRefused() {
        LaunchBuilder builder = LaunchProgram.builder();
        Operand one = Operand.number(1);
        builder.call("much", Call.READ, one, one, one, one, one, one, one);
        assertThatThrownBy(() -> end(builder)).hasMessageContaining("7 operands");
    }

    private static LaunchProgram end(LaunchBuilder builder) {
        builder.place(builder.failure());
        builder.call("end", Call.EXIT_GROUP, Operand.number(1));
        return builder.build();
    }

    private static ByteBuffer encode(LaunchProgram program) {
        return ByteBuffer.wrap(LaunchEncoder.encode(program)).order(ByteOrder.LITTLE_ENDIAN);
    }
}

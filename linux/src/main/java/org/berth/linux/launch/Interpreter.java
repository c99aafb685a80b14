package org.berth.linux.launch;

import java.util.HexFormat;

/**
 * The machine code (x86-64) that carries a program out: 234 bytes, no stack, no library, no
 * relocation. It lives in registers only, so that a child cloned with CLONE_VM may run it at the
 * same time as its parent waits in it.
 *
 * <p>rbx points to the record, ebp holds its flags. A system call clobbers rax, rcx and r11 only.
 */
final class Interpreter {
    /** The status words, the index of the failure program: at the start of the writable segment. */
    static final int HEADER_ADDRESS = 0x401240;

    /** The first record. */
    static final int RECORDS_ADDRESS = 0x401280;

    static final int IGNORE_NEGATIVE = 1;
    static final int FAIL_ON_ZERO = 1 << 1;
    static final int JUMP_ON_ZERO = 1 << 2;
    static final int JUMP_ON_NEGATIVE = 1 << 3;
    static final int JUMP_ON_POSITIVE = 1 << 4;
    static final int JUMP_ON_TOLERATED = 1 << 5;
    static final int COMPUTE = 1 << 6;

    /** Shifted left by the operand's index: the operand is the address of a signed 32-bit value. */
    static final int LOAD = 1 << 8;

    private static final String CODE = """
            bb 80 12 40 00       |       mov   ebx, RECORDS
            0f b7 6b 04          | next: movzx ebp, word [rbx+4]
            48 8b 7b 08          |       mov   rdi, [rbx+8]
            48 8b 73 10          |       mov   rsi, [rbx+16]
            48 8b 53 18          |       mov   rdx, [rbx+24]
            4c 8b 53 20          |       mov   r10, [rbx+32]
            4c 8b 43 28          |       mov   r8,  [rbx+40]
            4c 8b 4b 30          |       mov   r9,  [rbx+48]
            0f ba e5 08          |       bt    ebp, 8         ; LOAD of the first operand
            73 03                |       jnc   +3
            48 63 3f             |       movsxd rdi, [rdi]
            0f ba e5 09          |       bt    ebp, 9
            73 03                |       jnc   +3
            48 63 36             |       movsxd rsi, [rsi]
            0f ba e5 0a          |       bt    ebp, 10
            73 03                |       jnc   +3
            48 63 12             |       movsxd rdx, [rdx]
            0f ba e5 0b          |       bt    ebp, 11
            73 03                |       jnc   +3
            4d 63 12             |       movsxd r10, [r10]
            0f ba e5 0c          |       bt    ebp, 12
            73 03                |       jnc   +3
            4d 63 00             |       movsxd r8, [r8]
            0f ba e5 0d          |       bt    ebp, 13
            73 03                |       jnc   +3
            4d 63 09             |       movsxd r9, [r9]
            0f ba e5 06          |       bt    ebp, 6         ; COMPUTE
            72 07                |       jc    compute
            0f b7 03             |       movzx eax, word [rbx]
            0f 05                |       syscall
            eb 09                |       jmp   store
            48 89 f8             | compute: mov rax, rdi
            48 29 f0             |       sub   rax, rsi
            48 01 d0             |       add   rax, rdx
            48 8b 4b 38          | store: mov  rcx, [rbx+56]
            e3 02                |       jrcxz judge
            89 01                |       mov   [rcx], eax
            0f b7 4b 02          | judge: movzx ecx, word [rbx+2]
            e3 05                |       jrcxz sign           ; no error number is tolerated
            48 01 c1             |       add   rcx, rax
            e3 24                |       jrcxz tolerated
            48 85 c0             | sign: test  rax, rax
            78 27                |       js    negative
            74 0f                |       jz    zero
            0f ba e5 04          |       bt    ebp, 4         ; JUMP_ON_POSITIVE
            72 4b                |       jc    jump
            48 83 c3 40          | advance: add rbx, 64
            e9 6f ff ff ff       |       jmp   next
            0f ba e5 01          | zero: bt    ebp, 1         ; FAIL_ON_ZERO
            72 1c                |       jc    fail
            0f ba e5 02          |       bt    ebp, 2         ; JUMP_ON_ZERO
            72 36                |       jc    jump
            eb e9                |       jmp   advance
            0f ba e5 05          | tolerated: bt ebp, 5       ; JUMP_ON_TOLERATED
            72 2e                |       jc    jump
            eb e1                |       jmp   advance
            0f ba e5 03          | negative: bt ebp, 3        ; JUMP_ON_NEGATIVE
            72 26                |       jc    jump
            0f ba e5 00          |       bt    ebp, 0         ; IGNORE_NEGATIVE
            72 d5                |       jc    advance
            81 eb 80 12 40 00    | fail: sub   ebx, RECORDS
            c1 eb 06             |       shr   ebx, 6
            89 1c 25 40 12 40 00 |       mov   [HEADER], ebx
            89 04 25 44 12 40 00 |       mov   [HEADER+4], eax
            8b 0c 25 48 12 40 00 |       mov   ecx, [HEADER+8]
            eb 04                |       jmp   go
            0f b7 4b 06          | jump: movzx ecx, word [rbx+6]
            c1 e1 06             | go:   shl   ecx, 6
            8d 99 80 12 40 00    |       lea   ebx, [rcx+RECORDS]
            e9 1b ff ff ff       |       jmp   next
            """;

    private Interpreter() {}

    /** The code, to run from its first byte. */
    static byte[] code() {
        StringBuilder digits = new StringBuilder();
        CODE.lines().forEach(line -> digits.append(line, 0, line.indexOf('|')));
        return HexFormat.of().parseHex(digits.toString().replace(" ", ""));
    }
}

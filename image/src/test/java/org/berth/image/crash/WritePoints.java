package org.berth.image.crash;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.Set;

/**
 * Loads the store's classes anew, with a call of {@link Crash#point} before everything in them that changes the disk: a state
 * of the disk that {@code kill -9} can leave is one at such a point.
 */
final class WritePoints extends ClassLoader {
    private static final String OURS = "org.berth.image.";
    private static final ClassDesc CRASH = ClassDesc.of("org.berth.image.crash.Crash");
    private static final Set<String> FILES = Set.of(
            "move", "delete", "deleteIfExists", "createDirectories", "createSymbolicLink", "newOutputStream", "write");
    private static final Set<String> CHANNEL = Set.of("write", "force", "truncate", "open");

    WritePoints(ClassLoader parent) {
        super(parent);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        boolean changed = (name.startsWith(OURS) && !name.startsWith("org.berth.image.crash.Crash"))
                || name.startsWith("org.berth.base.AtomicFiles");
        if (!changed) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> there = findLoadedClass(name);
            return there == null ? define(name) : there;
        }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
        try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            ClassFile classes = ClassFile.of();
            byte[] changed = classes.transformClass(
                    classes.parse(in.readAllBytes()), ClassTransform.transformingMethodBodies(transform()));
            return defineClass(name, changed, 0, changed.length);
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }

    private static CodeTransform transform() {
        return (builder, element) -> {
            if (element instanceof InvokeInstruction call && isWrite(call)) {
                builder.invokestatic(CRASH, "point", MethodTypeDesc.ofDescriptor("()V"));
            }
            builder.with(element);
        };
    }

    private static boolean isWrite(InvokeInstruction call) {
        String owner = call.owner().asInternalName();
        String name = call.name().stringValue();
        return switch (owner) {
            case "java/nio/file/Files" -> FILES.contains(name);
            case "java/nio/channels/FileChannel" -> CHANNEL.contains(name);
            case "org/berth/image/layer/FileCalls" -> !name.startsWith("<");
            default -> false;
        };
    }
}

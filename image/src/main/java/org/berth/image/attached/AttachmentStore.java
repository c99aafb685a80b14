package org.berth.image.attached;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.berth.base.AtomicFiles;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.image.store.Digest;

/** Attachments on disk: a folder for each image, a file for each attachment, named by its content's digest. */
public final class AttachmentStore {
    private static final int ATTACHMENTS_MAX = 200;
    private static final int BYTES_MAX = 64 * 1024 * 1024;
    private static final String ENDING = ".json";

    private final Path folder;

    public AttachmentStore(Path folder) {
        this.folder = folder;
    }

    /** Those of an image, by its manifest's digest; always in the same order. */
    public List<Attachment> of(Digest subject) {
        return files(subject).stream().map(AttachmentStore::read).toList();
    }

    /** Attaches; a document takes the place of the one of its type, a signature is one more. */
    public synchronized void add(Digest subject, Attachment attachment) {
        byte[] content = Json.MAPPER.writeValueAsString(attachment).getBytes(StandardCharsets.UTF_8);
        if (content.length > BYTES_MAX || files(subject).size() >= ATTACHMENTS_MAX) {
            throw new BerthException(
                    ErrorCode.EXHAUSTED,
                    subject + ": no more than " + ATTACHMENTS_MAX + " documents of " + BYTES_MAX
                            + " bytes can be attached to an image");
        }
        Path file = folder(subject).resolve(Digest.of(content).hex() + ENDING);
        List<Path> before = attachment.isSignature() ? List.of() : ofType(subject, attachment.artifactType());
        AtomicFiles.write(file, content);
        before.stream().filter(old -> !old.equals(file)).forEach(AttachmentStore::delete);
    }

    /** Removes all of an image. */
    public synchronized void remove(Digest subject) {
        files(subject).forEach(AttachmentStore::delete);
        delete(folder(subject)); // a draft that a crash left keeps it: then it is empty for all others
    }

    /** The manifests that something is attached to. */
    public List<Digest> subjects() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(folder)) {
            return folders.map(one -> String.valueOf(one.getFileName()))
                    .filter(name -> name.matches("[0-9a-f]{64}"))
                    .sorted()
                    .map(Digest::new)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("read " + folder, e);
        }
    }

    private Path folder(Digest subject) {
        return folder.resolve(subject.hex());
    }

    private List<Path> files(Digest subject) {
        if (!Files.isDirectory(folder(subject))) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder(subject))) {
            // not a draft that a crash left
            return files.filter(file -> file.getFileName().toString().matches("[0-9a-f]{64}\\" + ENDING))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("read " + folder(subject), e);
        }
    }

    private List<Path> ofType(Digest subject, String artifactType) {
        return files(subject).stream()
                .filter(file -> read(file).artifactType().equals(artifactType))
                .toList();
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (DirectoryNotEmptyException e) {
            // something came meanwhile
        } catch (IOException e) {
            throw new UncheckedIOException("remove " + file, e);
        }
    }

    private static Attachment read(Path file) {
        try {
            return Json.MAPPER.readValue(Files.readAllBytes(file), Attachment.class);
        } catch (IOException e) {
            throw new UncheckedIOException("read " + file, e);
        }
    }
}

package org.berth.compose;

/**
 * A secret in a container.
 *
 * @param secret the secret's name in the project
 * @param target an absolute path in the container, below {@code /run/secrets}; {@code /run/secrets/NAME} by
 *     default
 * @param uid owner in the container
 * @param gid group in the container
 * @param mode permission bits
 */
public record SecretUse(String secret, String target, long uid, long gid, int mode) {}

/**
 * Files inside a root folder, reached by descriptor only: {@link org.berth.linux.path.InRoot}
 * resolves a path as if the folder were {@code /} (openat2(2), kernel 5.6), and every change is then
 * made on a descriptor, so that no symbolic link or rename, however timed, leads to a file of the
 * host. Also who a user name stands for in such a root. It must know nothing of containers, images
 * or why a file is wanted.
 */
package org.berth.linux.path;

/**
 * User namespaces (user_namespaces(7)): ranges of the machine's ids that stand for a container's, and folders seen
 * through such a mapping. Knows nothing of containers.
 */
@NullMarked
package org.berth.linux.user;

import org.jspecify.annotations.NullMarked;

/**
 * Services of one purpose (a database, a cache, ...) written into a Compose file: {@link
 * org.berth.compose.add.AddService} plans, {@link org.berth.compose.add.ProjectFiles} writes. It must know
 * nothing of the daemon.
 */
@NullMarked
package org.berth.compose.add;

import org.jspecify.annotations.NullMarked;

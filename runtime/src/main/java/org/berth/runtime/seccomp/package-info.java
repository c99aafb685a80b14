/**
 * Filters of system calls as users write them (docker's JSON profiles, OCI's config.json, "unconfined") to
 * the rules that {@code org.berth.linux.seccomp} compiles, and back: what a program was seen to call as a
 * profile. It must not load a filter or start anything.
 */
@NullMarked
package org.berth.runtime.seccomp;

import org.jspecify.annotations.NullMarked;

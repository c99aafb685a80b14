/**
 * Repositories of git, fetched in this process: no git of the host is run, no setting of a user's git is read, and what a
 * repository asks to be run (hooks, filters) is not. It must know nothing of Dockerfiles.
 */
package org.berth.builder.git;

/**
 * Plain source folders: what a folder without a Dockerfile shows of how it is built and started, and
 * the package index of this process's environment. Pure. It must know nothing of how a step is done.
 */
package org.berth.builder.source;

/**
 * The folder an image is built from: which of its files count (.dockerignore, patterns), what they
 * are (a digest), and their way into a root. Nothing outside the folder is read: every path is
 * resolved in it by descriptor. It must know nothing of Dockerfiles.
 */
package org.berth.builder.context;

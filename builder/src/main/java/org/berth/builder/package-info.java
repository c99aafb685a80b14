/**
 * Images from Dockerfiles and from plain source folders, in cached layers, on one node's engine. The
 * parser, the plan of a source folder, the ignore rules and the cache's keys are pure. It must know
 * nothing of projects or services.
 */
package org.berth.builder;

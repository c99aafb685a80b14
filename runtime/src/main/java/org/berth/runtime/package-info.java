/**
 * From a container's specification to a container: the plan (a launch program), its start, exec,
 * signals, exit and removal. It must know nothing of images or networks: roots come as folders,
 * network namespaces as files.
 */
package org.berth.runtime;

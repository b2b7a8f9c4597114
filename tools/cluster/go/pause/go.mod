// The one program of the node's own image; the standard library only.
module wordcount.dev/cluster/pause

go 1.26.0

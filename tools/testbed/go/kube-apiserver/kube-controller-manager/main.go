// Command kube-controller-manager is for tests of what it alone does: garbage
// collection by owner, and the deletion of a namespace's content.
package main

import (
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func main() {
	os.Exit(cli.Run(app.NewControllerManagerCommand()))
}

// Asks credential providers for logins with the kubelet's own package, as the kubelet does before a pull.
//
//	logins BIN_DIR CONFIG <IMAGES
//
// Prints a line with the logins for each image on standard input, at once. What the kubelet would
// log goes to standard error. Exits with 1 if the kubelet would not start with these files.
package main

import (
	"bufio"
	"fmt"
	"os"

	"k8s.io/kubernetes/pkg/credentialprovider"
	"k8s.io/kubernetes/pkg/credentialprovider/plugin"
)

func main() {
	if err := plugin.RegisterCredentialProviderPlugins(os.Args[2], os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	keyring := credentialprovider.NewDockerKeyring()
	images := bufio.NewScanner(os.Stdin)
	for images.Scan() {
		logins, found := keyring.Lookup(images.Text())
		fmt.Printf("%s %t", images.Text(), found)
		for _, login := range logins {
			fmt.Printf(" %s:%s", login.Username, login.Password)
		}
		fmt.Println()
	}
}

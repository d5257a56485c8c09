// Command vault is a real Vault with its data in memory, for tests: it
// initialises and unseals itself, and writes its root token to a file.
//
// It is built from Vault's library and not from its command, because the
// command brings every storage and plugin that Vault knows.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
)

func main() {
	address := flag.String("listen", "127.0.0.1:8200", "address to listen on")
	tlsAddress := flag.String("tls-listen", "127.0.0.1:8201", "address to listen on with TLS, asking for a client certificate")
	authorityFile := flag.String("ca-file", "", "file that the authority of the TLS listener is written to")
	tokenFile := flag.String("root-token-file", "", "file that the root token is written to, with mode 0600")
	flag.Parse()
	if err := run(*address, *tlsAddress, *authorityFile, *tokenFile); err != nil {
		fmt.Fprintln(os.Stderr, "vault:", err)
		os.Exit(1)
	}
}

func run(address, tlsAddress, authorityFile, tokenFile string) error {
	if tokenFile == "" || authorityFile == "" {
		return fmt.Errorf("--root-token-file and --ca-file are required")
	}
	core, err := newCore("http://" + address)
	if err != nil {
		return err
	}
	token, err := unseal(core)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	secure, err := listenTLS(tlsAddress, authorityFile)
	if err != nil {
		return err
	}
	// The token file tells the caller that requests are accepted, so it is
	// written last.
	if err := os.WriteFile(tokenFile, []byte(token), 0o600); err != nil {
		return err
	}
	return serve(core, listener, secure)
}

func newCore(url string) (*vault.Core, error) {
	logger := hclog.New(&hclog.LoggerOptions{Name: "vault", Level: hclog.Warn, Output: os.Stderr})
	storage, err := inmem.NewInmem(nil, logger)
	if err != nil {
		return nil, err
	}
	return vault.NewCore(&vault.CoreConfig{
		BuiltinRegistry:    registry{},
		LogicalBackends:    logicalBackends,
		CredentialBackends: credentialBackends,
		Physical:           storage,
		StorageType:        "inmem",
		RedirectAddr:       url,
		DisableMlock:       true,
		DefaultLeaseTTL:    time.Hour,
		MaxLeaseTTL:        24 * time.Hour,
		Logger:             logger,
	})
}

func unseal(core *vault.Core) (string, error) {
	one := func() *vault.SealConfig { return &vault.SealConfig{SecretShares: 1, SecretThreshold: 1} }
	result, err := core.Initialize(context.Background(), &vault.InitParams{BarrierConfig: one(), RecoveryConfig: one()})
	if err != nil {
		return "", fmt.Errorf("initialise: %w", err)
	}
	if _, err := core.Unseal(result.SecretShares[0]); err != nil {
		return "", fmt.Errorf("unseal: %w", err)
	}
	return result.RootToken, nil
}

func serve(core *vault.Core, listener, secure net.Listener) error {
	server := &http.Server{
		// A nil ListenerConfig panics in the handler.
		Handler: vaulthttp.Handler.Handler(&vault.HandlerProperties{
			Core:           core,
			ListenerConfig: &configutil.Listener{Address: listener.Addr().String()},
		}),
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	failed := make(chan error, 2)
	go func() { failed <- server.Serve(secure) }()
	go func() { failed <- server.Serve(listener) }()
	if err := <-failed; err != http.ErrServerClosed {
		return err
	}
	return nil
}

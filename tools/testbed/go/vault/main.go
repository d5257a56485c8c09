// Command vault is a real Vault for tests, with its data in memory or in a
// folder: it initialises and unseals itself, and writes its root token to a
// file.
//
// It is built from Vault's library and not from its command, because the
// command brings every storage and plugin that Vault knows.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/sdk/physical"
	"github.com/hashicorp/vault/sdk/physical/file"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
)

func main() {
	address := flag.String("listen", "127.0.0.1:8200", "address to listen on")
	tlsAddress := flag.String("tls-listen", "127.0.0.1:8201", "address to listen on with TLS, asking for a client certificate")
	authorityFile := flag.String("ca-file", "", "file that the authority of the TLS listener is written to")
	tokenFile := flag.String("root-token-file", "", "file that the root token is written to, with mode 0600")
	dataFolder := flag.String("data-dir", "", "folder that keeps the data, and the key that unseals it, over a restart; without it they are in memory")
	flag.Parse()
	if err := run(*address, *tlsAddress, *authorityFile, *tokenFile, *dataFolder); err != nil {
		fmt.Fprintln(os.Stderr, "vault:", err)
		os.Exit(1)
	}
}

func run(address, tlsAddress, authorityFile, tokenFile, dataFolder string) error {
	if tokenFile == "" || authorityFile == "" {
		return fmt.Errorf("--root-token-file and --ca-file are required")
	}
	core, err := newCore("http://"+address, dataFolder)
	if err != nil {
		return err
	}
	token, err := unseal(core, tokenFile, dataFolder)
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
	if err := os.WriteFile(tokenFile, token, 0o600); err != nil {
		return err
	}
	return serve(core, listener, secure)
}

func newStorage(dataFolder string, logger hclog.Logger) (physical.Backend, error) {
	if dataFolder == "" {
		return inmem.NewInmem(nil, logger)
	}
	return file.NewFileBackend(map[string]string{"path": filepath.Join(dataFolder, "storage")}, logger)
}

func newCore(url, dataFolder string) (*vault.Core, error) {
	logger := hclog.New(&hclog.LoggerOptions{Name: "vault", Level: hclog.Warn, Output: os.Stderr})
	storage, err := newStorage(dataFolder, logger)
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

// unseal makes the Vault usable and returns its root token. Where a Vault has
// used the folder before, it is that one which goes on.
func unseal(core *vault.Core, tokenFile, dataFolder string) ([]byte, error) {
	if dataFolder == "" {
		token, _, err := initialise(core)
		return token, err
	}
	keyFile := filepath.Join(dataFolder, "unseal-key")
	key, err := os.ReadFile(keyFile)
	if os.IsNotExist(err) {
		token, key, err := initialise(core)
		if err != nil {
			return nil, err
		}
		return token, os.WriteFile(keyFile, key, 0o600)
	}
	if err != nil {
		return nil, err
	}
	if _, err := core.Unseal(key); err != nil {
		return nil, fmt.Errorf("unseal: %w", err)
	}
	return os.ReadFile(tokenFile)
}

func initialise(core *vault.Core) (token, key []byte, err error) {
	one := func() *vault.SealConfig { return &vault.SealConfig{SecretShares: 1, SecretThreshold: 1} }
	result, err := core.Initialize(context.Background(), &vault.InitParams{BarrierConfig: one(), RecoveryConfig: one()})
	if err != nil {
		return nil, nil, fmt.Errorf("initialise: %w", err)
	}
	// Unsealing wipes the key that it is given.
	key = bytes.Clone(result.SecretShares[0])
	if _, err := core.Unseal(result.SecretShares[0]); err != nil {
		return nil, nil, fmt.Errorf("unseal: %w", err)
	}
	return []byte(result.RootToken), key, nil
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

/** How to reach an API server, whatever it was found in. */
export interface Connection {
  /** May have a path, as some gateways do. */
  readonly server: URL;
  readonly tls: {
    readonly ca?: string | Buffer;
    /** The name that the server's certificate is checked for, where it is not the host of `server`. */
    readonly serverName?: string;
    readonly skipVerification?: boolean;
  };
  readonly proxyUrl?: string;
  /** Headers of impersonation. */
  readonly headers: Readonly<Record<string, string>>;
  readonly credentials: CredentialSource;
  /** The namespace of the context, or of the operator's own Pod. */
  readonly namespace?: string;
}

export interface Credentials {
  /** Value of the `Authorization` header. */
  readonly authorization?: string;
  readonly certificate?: ClientCertificate;
}

/** PEM. */
export interface ClientCertificate {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

export interface CredentialSource {
  /** Throws a ClusterError. */
  current(): Promise<Credentials>;
  /** The API server refused the current ones: `current` gets others, where there may be any. */
  renew(): void;
}

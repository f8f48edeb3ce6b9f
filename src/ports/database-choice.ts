/** Where a PostgreSQL is and how to log in, as a database URL says it. */
export type PostgresServer = {
  /** Tried in this order. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly user: string;
  readonly password: string | null;
  readonly database: string;
  /** The words of libpq: `require` encrypts and looks at no certificate. */
  readonly tls: 'disable' | 'require' | 'verify-ca' | 'verify-full';
  /** An absolute path, PEM; null means the authorities that Node knows. */
  readonly tlsRootCertFile: string | null;
  /** A client certificate and its key, where the server asks for one: absolute paths, PEM. */
  readonly tlsCertFile: string | null;
  readonly tlsKeyFile: string | null;
  /** Passed on as it is, as in `-c search_path=strongroom`. */
  readonly options: string | null;
};

/** Which database: a file, or a server. */
export type DatabaseChoice =
  | { readonly kind: 'sqlite' /** Absolute. */; readonly path: string }
  | { readonly kind: 'postgres'; readonly server: PostgresServer };
